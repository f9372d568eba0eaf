import type { JournalEvent, JournalEventOf } from '../contract/journal.ts';
import { openGuarded } from '../files/guardedFile.ts';
import { JournalParser } from './journalParser.ts';
import { isCode } from './runErrors.ts';

const chunkBytes = 1 << 20;

export interface JournalContent {
  /** In order of writing, all attempts. */
  readonly events: readonly JournalEvent[];
  /** Lines that were no event. */
  readonly skippedLines: number;
  /** Length of what was read, a half last line included. */
  readonly bytes: number;
}

/** Reads a whole journal in pieces, calling back with the events of each; a missing journal is an empty one. */
export async function scanJournal(
  file: string,
  onEvents: (events: readonly JournalEvent[]) => void,
): Promise<Omit<JournalContent, 'events'>> {
  const parser = new JournalParser();
  let bytes = 0;
  try {
    const handle = await openGuarded(file);
    try {
      const chunk = Buffer.alloc(chunkBytes);
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunkBytes, bytes);
        if (bytesRead === 0) break;
        bytes += bytesRead;
        onEvents(parser.push(chunk.subarray(0, bytesRead)));
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  return { skippedLines: parser.skippedLines + (parser.pendingBytes > 0 ? 1 : 0), bytes };
}

export async function readJournal(file: string): Promise<JournalContent> {
  const events: JournalEvent[] = [];
  const scanned = await scanJournal(file, (more) => {
    for (const event of more) events.push(event);
  });
  return { events, ...scanned };
}

/**
 * The events as one attempt: what an earlier attempt wrote beyond the step that a later one resumed from is dropped,
 * and so is its end. An evaluation that the later one repeated at that step counts once.
 */
export function mergeAttempts(events: readonly JournalEvent[]): JournalEvent[] {
  let merged: JournalEvent[] = [];
  for (const event of events) {
    if (event.type === 'resumed') {
      merged = merged.filter(
        (earlier) => !('step' in earlier) || (earlier.type !== 'end' && earlier.step <= event.step),
      );
    }
    if (event.type === 'evaluation') dropTwin(merged, event);
    merged.push(event);
  }
  return merged;
}

function dropTwin(merged: JournalEvent[], { step, split }: JournalEventOf<'evaluation'>): void {
  for (let i = merged.length - 1; i >= 0; i--) {
    const earlier = merged[i]!;
    if (!('step' in earlier)) continue;
    if (earlier.step < step) return;
    if (earlier.type === 'evaluation' && earlier.split === split) merged.splice(i, 1);
  }
}

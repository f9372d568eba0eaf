import type { JournalEvent, JournalEventOf } from '../../contract/journal.ts';
import { isCode } from '../../files/failure.ts';
import { openGuarded } from '../../files/guardedFile.ts';
import { assertJournal, JournalParser } from './journalParser.ts';

const chunkBytes = 1 << 20;

interface JournalContent {
  /** In order of writing, all attempts. */
  readonly events: readonly JournalEvent[];
  /** Lines that were no event. */
  readonly skippedLines: number;
  /** Length of what was read, a half last line included. */
  readonly bytes: number;
}

/**
 * Reads a whole journal in pieces, calling back with the events of each; a missing journal is an empty one.
 * @throws FileRefusal
 */
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
        assertJournal(file, parser, bytes);
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
  const merged: JournalEvent[] = [];
  // From the last event on, so that each is looked at once, however often a run was resumed.
  let resumedAt = Number.POSITIVE_INFINITY;
  const evaluated = new Set<string>();
  for (const event of events.toReversed()) {
    if (!isKept(event, resumedAt, evaluated)) continue;
    merged.push(event);
    if (event.type === 'evaluation') evaluated.add(nameOf(event));
    if (event.type === 'resumed') resumedAt = event.step;
  }
  return merged.reverse();
}

const nameOf = ({ split, step }: JournalEventOf<'evaluation'>): string => `${split} ${step}`;

/** @param resumedAt lowest step that a later attempt resumed from; infinite where there was none */
function isKept(event: JournalEvent, resumedAt: number, evaluatedLater: ReadonlySet<string>): boolean {
  if (event.type === 'end') return resumedAt === Number.POSITIVE_INFINITY;
  if (event.type === 'evaluation' && evaluatedLater.has(nameOf(event))) return false;
  return !('step' in event) || event.step <= resumedAt;
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type JournalEvent, journalEvent } from '../extension/contract/journal.ts';

export const journalOf = (folder: string): readonly JournalEvent[] =>
  readFileSync(path.join(folder, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => journalEvent.parse(JSON.parse(line)));

/** Run folders in the order in which they were trained. */
export const foldersIn = (runs: string): readonly string[] =>
  readdirSync(runs)
    .filter((name) => !name.startsWith('.') && name !== 'queue.json')
    .map((name) => path.join(runs, name))
    .sort((a, b) => Date.parse(journalOf(a)[0]!.time) - Date.parse(journalOf(b)[0]!.time));

/** What a run has tuned, without the header that names the run. */
export function tunedIn(folder: string): Buffer {
  const bytes = readFileSync(path.join(folder, 'adapter', 'adapter.safetensors'));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

/** The highest memory that any of the runs told of. */
export const peakMiB = (folders: readonly string[]): number =>
  Math.max(
    ...folders.flatMap((folder) => journalOf(folder).map((e) => (e.type === 'progress' ? (e.memoryBytes ?? 0) : 0))),
  ) /
  2 ** 20;

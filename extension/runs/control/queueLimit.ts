import path from 'node:path';
import * as z from 'zod';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { FileRefusal } from '../../files/guardedFile.ts';
import { makeInRunsFolder } from '../folder/store.ts';

const kept = z.object({ limit: z.int().min(1) });
const fileOf = (runsFolder: string): string => path.join(runsFolder, '.queue.json');

/** How many runs of a queue may run at once, as was last asked for; 1 where nobody did. */
export function queueLimit(runsFolder: string): number {
  try {
    const read = readJsonFile(fileOf(runsFolder), kept);
    return read.kind === 'ok' ? read.value.limit : 1;
  } catch (error) {
    if (error instanceof FileRefusal) return 1;
    throw error;
  }
}

/** Keeps the limit with the queue: whoever finds room later goes by it. */
export function keepQueueLimit(runsFolder: string, limit: number): void {
  if (queueLimit(runsFolder) === limit) return;
  makeInRunsFolder(runsFolder);
  writeJsonAtomic(fileOf(runsFolder), { limit }, false);
}

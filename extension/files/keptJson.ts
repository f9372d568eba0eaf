import { dirname } from 'node:path';
import type { ZodType } from 'zod';
import { readJsonFile, writeJsonAtomic } from './atomicFile.ts';
import { makeFolder } from './makeFolder.ts';

/** What `keepJson` has kept in a file of the folder for caches; undefined when there is nothing that can be read. */
export function readKept<T>(file: string, schema: ZodType<T>): T | undefined {
  try {
    const known = readJsonFile(file, schema);
    return known.kind === 'ok' ? known.value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value in a file of the folder for caches. One that cannot be kept costs time, never a run. */
export function keepJson(file: string, value: object): void {
  try {
    makeFolder(dirname(file));
    writeJsonAtomic(file, value, false);
  } catch {
    // It is found out again.
  }
}

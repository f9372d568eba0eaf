import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder and those above it, one by one: asked for several at once, Node says `ENOENT` of a file system that is
 * mounted for reading, and tries without end where one answers so that lets nobody make folders (`/proc`).
 * @param mode who may use those that are made; by default as the process says (`umask`)
 * @returns the topmost folder that had to be made
 * @throws the system's error about the topmost one that cannot be made
 */
export function makeFolder(folder: string, mode?: number): string | undefined {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at) && at !== path.dirname(at); at = path.dirname(at))
    missing.push(at);
  for (const one of missing.toReversed()) makeOne(one, mode);
  if (missing.length === 0) makeOne(folder, mode);
  return missing.at(-1);
}

/** Another process may be faster. */
function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

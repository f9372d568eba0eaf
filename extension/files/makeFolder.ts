import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder and those above it, one by one: asked for several at once, Node says `ENOENT` of a file system that is
 * mounted for reading, and tries without end where one answers so that lets nobody make folders (`/proc`).
 * @returns the topmost folder that had to be made
 * @throws the system's error about the topmost one that cannot be made
 */
export function makeFolder(folder: string): string | undefined {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at) && at !== path.dirname(at); at = path.dirname(at))
    missing.push(at);
  for (const one of missing.toReversed()) makeOne(one);
  if (missing.length === 0) makeOne(folder);
  return missing.at(-1);
}

/** Another process may be faster. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

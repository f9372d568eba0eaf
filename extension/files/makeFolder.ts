import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder and those above it.
 * @returns the topmost folder that had to be made
 * @throws the system's error about the topmost one that cannot be made
 */
export function makeFolder(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true });
  } catch (error) {
    // Of a file system that is mounted for reading, Node says `ENOENT` when asked for several at once.
    let missing = folder;
    while (!existsSync(path.dirname(missing)) && path.dirname(missing) !== missing) missing = path.dirname(missing);
    if (!existsSync(missing)) mkdirSync(missing);
    throw error;
  }
}

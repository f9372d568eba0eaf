import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What was written aside and not touched for so long belongs to a process that was killed. */
const restMs = 3_600_000;

/**
 * Removes what killed processes left aside in a folder: names that match, untouched for an hour. What cannot be looked
 * at or removed stays, for nobody asked for it. Links are removed, never followed.
 */
export function sweepLeftovers(folder: string, names: RegExp): void {
  let found: readonly string[];
  try {
    found = readdirSync(folder).filter((name) => names.test(name));
  } catch {
    return;
  }
  for (const name of found) {
    const file = path.join(folder, name);
    try {
      if (Date.now() - lstatSync(file).mtimeMs > restMs) rmSync(file, { recursive: true, force: true });
    } catch {
      // Somebody else sweeps here too, or may and we may not.
    }
  }
}

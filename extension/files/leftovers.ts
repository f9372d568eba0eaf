import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, rmSync, utimes } from 'node:fs';
import path from 'node:path';

/** What was written aside and not touched for so long belongs to a process that was killed. */
const restMs = 3_600_000;

/** A sign of life, well within that time. */
const touchedEveryMs = 300_000;

/**
 * Where a file or folder is written that is to be moved to `place` when it is complete. What killed processes left aside
 * for the same place is removed.
 */
export function asideOf(place: string): string {
  const name = path.basename(place).replaceAll(/[^\w]/g, '\\$&');
  sweepLeftovers(path.dirname(place), new RegExp(`^${name}\\.[0-9a-f]{8}\\.partial$`));
  return `${place}.${randomUUID().slice(0, 8)}.partial`;
}

/** Shows that what lies aside is still written, however seldom. @returns ends that */
export function keepTouched(place: string): () => void {
  const touch = setInterval(() => utimes(place, new Date(), new Date(), () => {}), touchedEveryMs).unref();
  return () => clearInterval(touch);
}

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

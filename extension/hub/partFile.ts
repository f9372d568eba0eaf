import { readdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isMissing } from './hubCache.ts';

/** A part that nobody has written to for this long is nobody's. */
const abandonedAfterMs = 10 * 60_000;

/** Parts that this process is writing. */
const held = new Set<string>();

/**
 * Takes over what an interrupted download left of a blob (`<hash>.incomplete`, or a part of a process that has ended),
 * so that it can go on from there; returns the file to write to, which need not exist yet. Each process writes to a
 * part of its own, taken by renaming: two of them never write to one file, even where file locks do not work.
 */
export async function claimPart(blob: string): Promise<string> {
  let own: string;
  let count = 0;
  do own = `${blob}.${hostname()}-${process.pid}-${count++}.incomplete`;
  while (held.has(own));
  held.add(own);

  const parts = await claimable(blob, own);
  for (const { file } of parts) {
    if (file === own) return own;
    try {
      await rename(file, own);
      return own;
    } catch (error) {
      if (!isMissing(error)) throw error; // another process took it: try the next
    }
  }
  return own;
}

/** How many bytes a download of the blob can go on from, 0 where nothing was left of an earlier one. */
export async function partBytes(blob: string): Promise<number> {
  return (await claimable(blob))[0]?.size ?? 0;
}

interface Part {
  readonly file: string;
  readonly size: number;
}

/** Parts of a blob that nobody writes to, the largest first; with the process's own. */
async function claimable(blob: string, own?: string): Promise<readonly Part[]> {
  const folder = dirname(blob);
  const prefix = `${basename(blob)}.`;
  const parts: Part[] = [];
  for (const name of (await readdir(folder).catch(nothing)) ?? []) {
    if (!name.startsWith(prefix) || !name.endsWith('.incomplete')) continue;
    const file = join(folder, name);
    if (held.has(file) && file !== own) continue;
    const owner = /\.([^/]+)-(\d+)-\d+\.incomplete$/.exec(name.slice(prefix.length - 1));
    const found = await stat(file).catch(nothing);
    if (!found) continue; // another process took it
    const { size, mtimeMs } = found;
    const ownerless = !owner && name === `${prefix}incomplete`;
    const ended = owner?.[1] === hostname() && !isAlive(Number(owner[2]));
    if (file === own || ownerless || ended || Date.now() - mtimeMs > abandonedAfterMs) parts.push({ file, size });
  }
  return parts.sort((a, b) => b.size - a.size);
}

function nothing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/**
 * Ends the claim. What is left of the part is put under the plain name, for whoever goes on, be it this program or
 * another.
 */
export async function releasePart(part: string, blob: string): Promise<void> {
  held.delete(part);
  try {
    await rename(part, `${blob}.incomplete`);
  } catch (error) {
    if (!isMissing(error)) throw error; // finished and in its place, or removed as damaged
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

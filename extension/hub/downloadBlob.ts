import { isCode } from '../files/failure.ts';
// Ours, because downloads of `@huggingface/hub` do not go on where they broke off, nor check the hash of what arrived.

import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openGuarded } from '../files/guardedFile.ts';
import { makeFolder } from '../files/makeFolder.ts';
import type { HubConnection } from './hubConnection.ts';
import { HubError, hashMismatch, hubUnreachable } from './hubErrors.ts';
import { claimPart, releasePart } from './partFile.ts';

/** One file to have: its size and hash as the hub lists them. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** sha256 of the content for large files (LFS), git's blob sha1 for small ones; also the blob's name in the cache. */
  readonly hash: string;
  readonly algorithm: 'sha256' | 'git-sha1';
}

/** Bytes of the file that are there, `resumed` of them from before. May go back when a part proves damaged. */
type ReportBytes = (present: number, resumed: number) => void;

/**
 * Downloads one file into `blob`: continues an interrupted download by a Range request, also when the connection
 * breaks again and again, and puts the file in place only once its hash is right. A damaged file is removed and
 * fetched once more from the beginning.
 * @throws HubError
 */
export async function downloadBlob(
  connection: HubConnection,
  url: string,
  file: RemoteFile,
  blob: string,
  report: ReportBytes,
): Promise<void> {
  makeFolder(dirname(blob));
  const part = await claimPart(blob);
  try {
    const damaged = await fillAndCheck(connection, url, file, part, report);
    const again = damaged === undefined ? undefined : await fillAndCheck(connection, url, file, part, report);
    if (again !== undefined) throw hashMismatch(connection.subject.repository, file.path, file.hash, again);
    await rename(part, blob);
  } finally {
    await releasePart(part, blob);
  }
}

/** Completes the part. When its hash is wrong, removes it and returns that hash. */
async function fillAndCheck(
  connection: HubConnection,
  url: string,
  file: RemoteFile,
  part: string,
  report: ReportBytes,
): Promise<string | undefined> {
  await (await open(part, 'a')).close();
  const resumed = await sizeOf(part);
  let best = resumed;
  let failures = 0;
  for (let present = resumed; present < file.size; ) {
    let lost: unknown;
    try {
      await receive(connection, url, file, part, present, (bytes) => report(bytes, resumed));
    } catch (error) {
      connection.signal?.throwIfAborted();
      if (error instanceof HubError || isSystemError(error)) throw error;
      lost = error;
    }
    present = await sizeOf(part);
    // A connection that brought something is worth another try at once; only standstill uses up patience.
    failures = present > best ? 0 : failures + 1;
    best = Math.max(best, present);
    const wait = connection.patience.retryDelaysMs[failures];
    if (present < file.size) {
      if (wait === undefined) {
        throw hubUnreachable(connection.subject.repository, connection.settings, lost ?? 'the transfer stalled');
      }
      if (failures > 0) await connection.pause(wait);
    }
  }
  const got = await hashOf(part, file);
  if (got !== file.hash) {
    await rm(part, { force: true });
    return got;
  }
  report(file.size, resumed);
  return undefined;
}

/** Appends what the server sends from `start` on; where it cannot continue, writes from the beginning. */
async function receive(
  connection: HubConnection,
  url: string,
  file: RemoteFile,
  part: string,
  start: number,
  report: (present: number) => void,
): Promise<void> {
  const silent = new AbortController();
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start > 0) headers.range = `bytes=${start}-`;
  const response = await connection.fetch(url, { headers, signal: silent.signal });
  const watch = setTimeout(() => silent.abort(new Error('the transfer stalled')), connection.patience.idleTimeoutMs);
  try {
    const continues = response.status === 206;
    const range = response.headers.get('content-range');
    if (continues && !range?.startsWith(`bytes ${start}-`)) throw new Error(`asked for bytes ${start}-, got ${range}`);
    let present = continues ? start : 0;
    const handle = await open(part, continues ? 'a' : 'w');
    try {
      for await (const chunk of response.body ?? []) {
        watch.refresh();
        await handle.writeFile(chunk);
        present += chunk.byteLength;
        report(present);
        if (present > file.size) return; // longer than listed: the hash will tell
      }
    } finally {
      await handle.close();
    }
  } finally {
    clearTimeout(watch);
  }
}

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

/** sha256 of the bytes, or git's: sha1 of `blob <size>\0` and the bytes. */
async function hashOf(path: string, file: RemoteFile): Promise<string> {
  let hash: Hash;
  if (file.algorithm === 'sha256') hash = createHash('sha256');
  else hash = createHash('sha1').update(`blob ${await sizeOf(path)}\0`);
  for await (const chunk of (await openGuarded(path)).createReadStream({ highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Errors of the file system; those of the network carry no path. */
const isSystemError = (error: unknown): boolean =>
  (error instanceof Error && 'path' in error && 'syscall' in error) || isCode(error, 'ENOSPC', 'EDQUOT', 'EIO');

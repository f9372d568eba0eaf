import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { unreadable } from '../data/formats/unreadable.ts';
import { openGuarded } from '../files/guardedFile.ts';

/** SHA-256 of a file's bytes, read in pieces. @throws DataError when it cannot be read */
export async function hashFile(file: string, report: ReportProgress): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const stream = (await openGuarded(file)).createReadStream({ highWaterMark: 1 << 20 });
    stream.on('data', (chunk) => {
      bytes += chunk.length;
      report(`hashing ${file}`, bytes, undefined, 'B');
    });
    await pipeline(stream, hash);
  } catch (error) {
    throw unreadable(file, error);
  }
  return hash.digest('hex');
}

export const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The commit that is checked out where the config lies; null outside a repository, or without git. */
export async function gitCommit(folder: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder });
    return stdout.trim();
  } catch {
    // Neither git nor a repository is needed: the record then says that there was none.
    return null;
  }
}

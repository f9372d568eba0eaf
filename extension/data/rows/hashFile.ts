import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { openGuarded } from '../../files/guardedFile.ts';
import { unreadable } from '../formats/unreadable.ts';

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

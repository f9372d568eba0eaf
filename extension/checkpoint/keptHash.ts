import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { cacheFolder } from '../files/cacheFolder.ts';
import { errorCode } from '../files/failure.ts';
import { fileStamp } from '../files/fileStamp.ts';
import { openGuarded } from '../files/guardedFile.ts';
import { keepJson, readKept } from '../files/keptJson.ts';
import { hashOnce, largeBytes } from '../files/oneReading.ts';
import { CheckpointError } from './format/checkpointError.ts';

const storedHash = z.object({ version: z.literal(1), stamp: z.string(), sha256: z.string() });

/**
 * SHA-256 of a file. A large file's is kept in the folder for caches, and serves for as long as size, times and inode
 * stay as they are; where it cannot be kept, the file is hashed each time.
 * @param isReadWhole whether somebody reads the whole of it too: one reading then gives both
 * @throws CheckpointError when it cannot be read, or is no regular file
 */
export async function keptHash(path: string, isReadWhole = false): Promise<string> {
  try {
    const file = await realpath(path);
    const { size, stamp, isFile } = fileStamp(file);
    if (!isFile) throw new CheckpointError(path, 'must be a regular file; put the model’s own in its place');
    // Smaller files are hashed sooner than their hash is found on disk.
    if (size < largeBytes) return await (isReadWhole ? hashOnce(file, largeBytes) : hash(file));
    const kept = join(cacheFolder(process.env), 'hashes', `${sha256(file).slice(0, 32)}.json`);
    const known = readKept(kept, storedHash);
    if (known?.stamp === stamp) return known.sha256;
    const found = { version: 1, stamp, sha256: await hash(file) } as const;
    if (fileStamp(file).stamp !== stamp) {
      throw new CheckpointError(path, 'must not change while it is read; start again once it is written');
    }
    keepJson(kept, found);
    return found.sha256;
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const what = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read, got ${(error as Error).message}`;
    throw new CheckpointError(path, `${what}; put the file back`, { cause: error });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function hash(file: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline((await openGuarded(file)).createReadStream({ highWaterMark: 1 << 20 }), digest);
  return digest.digest('hex');
}

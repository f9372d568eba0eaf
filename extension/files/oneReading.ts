import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { fileStamp } from './fileStamp.ts';
import { readGuarded } from './guardedFile.ts';

/** A file as this process has read it. */
interface Reading {
  /** Another one as soon as the file has been written to. */
  readonly stamp: string;
  readonly sha256: string;
  /** While somebody may still want them. */
  readonly bytes?: Buffer;
}

/** By real path. */
const readings = new Map<string, Reading>();

/** Of files that are larger, whose hashes are kept on disk, nothing is remembered. */
export const largeBytes = 16 << 20;

/** Files of at most so many bytes are kept for every further reader, larger ones for the next reader alone. */
const smallBytes = 64 << 10;

/**
 * A whole file of a model, as `readGuarded`. One reading gives the bytes and the hash: what was read for its hash is
 * handed over, and the hash of what is read here is known to `hashOnce`.
 * @throws FileRefusal for anything but a regular file of at most `limitBytes` · the system's error
 */
export async function readOnce(file: string, limitBytes: number): Promise<Buffer> {
  const { path, stamp, known } = await knownReading(file);
  if (known?.bytes !== undefined && known.bytes.length <= limitBytes) {
    note(path, stamp, known.bytes, known.sha256);
    return known.bytes;
  }
  const bytes = await readGuarded(file, limitBytes);
  if (bytes.length < largeBytes) note(path, stamp, bytes, sha256(bytes));
  return bytes;
}

/**
 * SHA-256 of a file, in hex: of the bytes that `readOnce` gave, or will give next.
 * @throws FileRefusal for anything but a regular file of at most `limitBytes` · the system's error
 */
export async function hashOnce(file: string, limitBytes: number): Promise<string> {
  const { path, stamp, known } = await knownReading(file);
  if (known !== undefined) return known.sha256;
  const bytes = await readGuarded(file, limitBytes);
  const digest = sha256(bytes);
  readings.set(path, { stamp, sha256: digest, bytes });
  return digest;
}

async function knownReading(file: string) {
  // A pipe has a name that leads to no path: it is refused as what it is, not as what is not there.
  const path = await realpath(file).catch(() => file);
  const { stamp } = fileStamp(path);
  const known = readings.get(path);
  return { path, stamp, known: known?.stamp === stamp ? known : undefined };
}

function note(path: string, stamp: string, bytes: Buffer, sha256: string): void {
  readings.set(path, { stamp, sha256, ...(bytes.length <= smallBytes && { bytes }) });
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

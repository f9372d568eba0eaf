import { createHash } from 'node:crypto';
import { openGuarded } from '../../files/guardedFile.ts';
import { lengthBytes } from './safetensorsHeader.ts';

/** Stands where the hash comes: `metadata.sha256` is the SHA-256 of the whole file with these digits in its place. */
export const openSeal = '0'.repeat(64);

const chunkBytes = 4 << 20;
const label = '"sha256":"';

/** Puts the hash of a file that is about to be written into its header. */
export function seal(header: Buffer, data: readonly Uint8Array[]): void {
  const hash = createHash('sha256').update(header);
  for (const part of data) hash.update(part);
  header.write(hash.digest('hex'), header.indexOf(label + openSeal) + label.length);
}

/** The hash that a file should have in its header, which says `written`. @throws the system's error */
export async function sealOf(path: string, written: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await openGuarded(path);
  try {
    const length = Buffer.alloc(lengthBytes);
    await file.read(length, 0, lengthBytes, 0);
    const header = Buffer.alloc(lengthBytes + Number(length.readBigUInt64LE(0)));
    let position = (await file.read(header, 0, header.length, 0)).bytesRead;
    const at = header.indexOf(label + written);
    if (at >= 0) header.write(openSeal, at + label.length);
    hash.update(header);
    const chunk = Buffer.alloc(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

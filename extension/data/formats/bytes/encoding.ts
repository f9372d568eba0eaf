import { isUtf8 } from 'node:buffer';
import { openGuarded } from '../../../files/guardedFile.ts';
import { otherFile } from '../../../files/otherFile.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';
import type { FileHash } from './fileHash.ts';

/** A file of text and the encoding that it is written in. */
export interface EncodedFile {
  readonly file: string;
  /** A label of the WHATWG Encoding Standard; absent or null: UTF-8. */
  readonly encoding?: string | null | undefined;
  /** Takes the bytes that pass. */
  readonly hash?: FileHash | undefined;
}

/** Names no encoding as the likely one: bytes that are letters of one code page are other letters of the next. */
export const otherBytesCure =
  'save the file as UTF-8, or set data.encoding to what it is written in (windows-1252 for Western Europe, -1250 Central Europe, -1251 Cyrillic, -1253 Greek, -1254 Turkish, …)';

/** Whether a file is read as UTF-8, which needs no decoding. */
export const isUtf8Source = ({ encoding }: EncodedFile): boolean => (encoding ?? 'utf-8') === 'utf-8';

/** A file's bytes in blocks; those of another encoding than UTF-8 are decoded and given as UTF-8. @throws DataError */
export async function* readUtf8(source: EncodedFile, blockBytes: number): AsyncGenerator<Buffer> {
  const handle = await openGuarded(source.file);
  const stream = handle.createReadStream({ highWaterMark: blockBytes }) as AsyncIterable<Buffer>;
  const hashed = source.hash?.pass();
  const decoder = isUtf8Source(source) ? undefined : new TextDecoder(await byteOrder(source), { fatal: true });
  const decoded = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(decoder!.decode(chunk, { stream: chunk !== undefined }));
    } catch (cause) {
      const rule = `must be ${source.encoding} as data.encoding says, got other bytes`;
      throw new DataError({ file: source.file }, rule, 'set data.encoding to what the file is written in', { cause });
    }
  };
  for await (const chunk of stream) {
    hashed?.(chunk);
    yield decoder ? decoded(chunk) : chunk;
  }
  if (decoder) yield decoded();
}

/** `utf-16` is told by the file's byte order mark; without one, it is little-endian. */
async function byteOrder({ file, encoding }: EncodedFile): Promise<string> {
  if (encoding !== 'utf-16') return encoding!;
  const handle = await openGuarded(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0xfe && buffer[1] === 0xff ? 'utf-16be' : 'utf-16le';
  } finally {
    await handle.close();
  }
}

/** Whether a file that is to be read in an encoding of bytes is in fact UTF-8: letters beyond ASCII are hardly so by chance. */
export async function isMisnamedUtf8(source: EncodedFile): Promise<boolean> {
  if (isUtf8Source(source) || source.encoding!.startsWith('utf-16')) return false;
  const handle = await openGuarded(source.file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(lookedAtBytes), 0, lookedAtBytes, 0);
    const bytes = buffer.subarray(0, bytesRead);
    // The last character may be cut.
    const isWhole = [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytesRead - cut)));
    return isWhole && bytes.some((byte) => byte > 0x7f);
  } finally {
    await handle.close();
  }
}

const lookedAtBytes = 1 << 20;

/** The first block's bytes after a byte order mark. @throws DataError for UTF-16 and for files that are no text */
export function withoutByteOrderMark(file: string, block: Buffer): Buffer {
  const [a, b, c] = block;
  const hasMark = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const encoding = hasMark ? 'utf-16' : byteOrderOfZeros(block.subarray(0, 512));
  if (encoding !== undefined) {
    const rule = `must be UTF-8, got UTF-16${hasMark ? '' : ' without a byte order mark'}`;
    const cure = `set data.encoding: ${encoding}, or save it as UTF-8`;
    throw new DataError({ file }, rule, cure, { settings: { encoding } });
  }
  const other = otherFile(block);
  if (other) throw new DataError({ file }, `must be text, got ${other.what}`, other.cure);
  return a === 0xef && b === 0xbb && c === 0xbf ? block.subarray(3) : block;
}

/** UTF-16 without its mark, by where the zeros of Latin letters stand: nearly every second byte, and none between. */
function byteOrderOfZeros(start: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const zeros = [0, 0];
  for (const [i, byte] of start.entries()) if (byte === 0) zeros[i % 2]!++;
  const [even, odd] = zeros as [number, number];
  const most = start.length / 4;
  if (start.length < 4 || (even > 0 && odd > 0) || Math.max(even, odd) < most) return undefined;
  return odd > 0 ? 'utf-16le' : 'utf-16be';
}

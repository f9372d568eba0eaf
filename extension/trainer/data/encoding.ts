import { openGuarded } from '../../files/guardedFile.ts';
import { DataError } from './dataError.ts';

/** A file of text and the encoding that it is written in. */
export interface EncodedFile {
  readonly file: string;
  /** A label of the WHATWG Encoding Standard; absent or null: UTF-8. */
  readonly encoding?: string | null | undefined;
}

export const otherBytesCure = 'set data.encoding (latin1, utf-16, …), or save the file as UTF-8';

export const isUtf8Source = ({ encoding }: EncodedFile): boolean => (encoding ?? 'utf-8') === 'utf-8';

/** A file's bytes in blocks; those of another encoding than UTF-8 are decoded and given as UTF-8. @throws DataError */
export async function* readUtf8(source: EncodedFile, blockBytes: number): AsyncGenerator<Buffer> {
  const handle = await openGuarded(source.file);
  const stream = handle.createReadStream({ highWaterMark: blockBytes }) as AsyncIterable<Buffer>;
  if (isUtf8Source(source)) {
    yield* stream;
    return;
  }
  const decoder = new TextDecoder(await byteOrder(source), { fatal: true });
  const decoded = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }));
    } catch (cause) {
      const rule = `must be ${source.encoding} as data.encoding says, got other bytes`;
      throw new DataError({ file: source.file }, rule, 'set data.encoding to what the file is written in', { cause });
    }
  };
  for await (const chunk of stream) yield decoded(chunk);
  yield decoded();
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

/** The bytes after a byte order mark. @throws DataError for UTF-16 */
export function withoutByteOrderMark(file: string, block: Buffer): Buffer {
  const [a, b, c] = block;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    const cure = 'set data.encoding: utf-16, or save it as UTF-8';
    throw new DataError({ file }, 'must be UTF-8, got UTF-16', cure, { settings: { encoding: 'utf-16' } });
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? block.subarray(3) : block;
}

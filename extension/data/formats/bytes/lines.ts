import { isUtf8 } from 'node:buffer';
import { badRow, DataError } from '../../../tasks/rows/dataError.ts';
import { type EncodedFile, otherBytesCure, readUtf8, withoutByteOrderMark } from './encoding.ts';
import { unreadable } from './unreadable.ts';

/** One line without its end, or what is wrong with its bytes. */
export interface Line {
  readonly number: number;
  /** As far as it can be decoded: broken bytes are U+FFFD. */
  readonly text: string;
  readonly error?: DataError;
}

const blockBytes = 1 << 18;
/** A line, and a CSV record, may be this long. */
export const maxRecordBytes = 1 << 24;
const lineEnd = 0x0a;
const carriageReturn = 0x0d;

/**
 * The lines of a text file, in blocks of some hundred, each line with its number from 1. A byte order mark at the start
 * and CRLF ends are removed. Memory: one block plus the longest line, however large the file.
 * @throws DataError when the file cannot be read, has another encoding, or has a line beyond 16 MiB.
 */
export async function* readLines(source: EncodedFile): AsyncGenerator<readonly Line[]> {
  const { file } = source;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let next = 1;
  let first = true;
  const take = (block: Buffer): readonly Line[] => {
    const bytes = first ? withoutByteOrderMark(file, block) : block;
    // A file of one line may end in CR.
    if (first && !bytes.includes(lineEnd) && bytes.subarray(0, -1).includes(carriageReturn)) {
      throw new DataError({ file, line: 1 }, 'lines must end with LF or CRLF, got CR alone', 'convert the line ends');
    }
    first = false;
    const lines = decode(file, bytes, next);
    next += lines.length;
    return lines;
  };
  try {
    for await (const chunk of readUtf8(source, blockBytes)) {
      const cut = chunk.lastIndexOf(lineEnd) + 1;
      pending.push(cut > 0 ? chunk.subarray(0, cut) : chunk);
      pendingBytes += chunk.length;
      if (cut > 0) {
        yield take(Buffer.concat(pending));
        pending = [chunk.subarray(cut)];
        pendingBytes = chunk.length - cut;
      } else if (pendingBytes > maxRecordBytes) {
        const rule = `a line must be at most ${maxRecordBytes / 2 ** 20} MiB long, got a longer one`;
        throw new DataError({ file, line: next }, rule, 'check that the file is text with line ends');
      }
    }
    const rest = Buffer.concat(pending);
    if (rest.length > 0) yield take(rest);
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(file, error);
  }
}

function decode(file: string, block: Buffer, firstNumber: number): Line[] {
  const sound = isUtf8(block) && !block.includes(0);
  const texts = block.toString('utf8').split('\n');
  if (block[block.length - 1] === lineEnd) texts.pop();
  const lines = texts.map((text, i) => ({
    number: firstNumber + i,
    text: text.endsWith('\r') ? text.slice(0, -1) : text,
  }));
  if (sound) return lines;
  let start = 0;
  return lines.map((line) => {
    const found = block.indexOf(lineEnd, start);
    const error = byteError({ file, line: line.number }, block.subarray(start, found < 0 ? block.length : found));
    start = found + 1;
    return error ? { ...line, error } : line;
  });
}

/** The problem with the bytes of a line. */
export function byteError(
  place: { readonly file: string; readonly line: number },
  bytes: Buffer,
): DataError | undefined {
  if (bytes.includes(0)) return badRow(place, 'must be text, got a NUL byte', 'remove the byte');
  if (!isUtf8(bytes)) return badRow(place, 'must be UTF-8, got other bytes', otherBytesCure);
  return undefined;
}

/** How many lines end within these bytes. */
export function linesIn(bytes: Buffer, start = 0, end = bytes.length): number {
  let lines = 0;
  for (let at = bytes.indexOf(lineEnd, start); at >= 0 && at < end; at = bytes.indexOf(lineEnd, at + 1)) lines++;
  return lines;
}

import { isUtf8 } from 'node:buffer';
import { openGuarded } from '../../files/guardedFile.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { withoutByteOrderMark } from './bytes/encoding.ts';
import { byteError, linesIn, maxRecordBytes } from './bytes/lines.ts';
import { unreadable } from './bytes/unreadable.ts';
import type { RecordFormat } from './recordFormat.ts';

/** One record where it lies. */
interface FoundRecord {
  readonly block: Buffer;
  /** Its bytes in the block, line end included. */
  readonly start: number;
  readonly end: number;
  /** Its first line, from 1. */
  readonly line: number;
  /** Of its first byte, in the file. */
  readonly offset: number;
  /** The problem with its bytes. */
  readonly error: DataError | undefined;
}

const blockBytes = 1 << 20;
const lineFeed = 0x0a;

/**
 * Finds every record of a file, in order, header and blank ones included. Memory: one block plus the longest record.
 * @param files the data file, and the file of UTF-8 where its text lies
 * @param use told each record, in one object that is used again; `false` ends the search, not the reading
 * @param onBlock told every byte of the file
 * @throws DataError when the file cannot be read, is UTF-16, or has a record of 16 MiB
 */
export async function scanRecords(
  { file, textFile }: { readonly file: string; readonly textFile: string },
  format: Pick<RecordFormat, 'end' | 'spansLines' | 'lastByte' | 'opens'>,
  use: (record: FoundRecord) => boolean,
  onBlock: (bytes: Buffer) => void,
): Promise<void> {
  const nothing: Buffer = Buffer.alloc(0);
  const noError: DataError | undefined = undefined;
  const record = { block: nothing, start: 0, end: 0, line: 1, offset: 0, error: noError as DataError | undefined };
  let rest = nothing;
  let restOffset = 0;
  let next = 1;
  let first = true;
  let searching = true;

  const visit = (block: Buffer, start: number, end: number, sound: boolean): void => {
    if (end - start >= maxRecordBytes) throw tooLong(file, next);
    record.block = block;
    record.start = start;
    record.end = end;
    record.line = next;
    record.offset = restOffset + start;
    record.error = sound ? undefined : recordError(file, block.subarray(start, end), next);
    next += format.spansLines ? linesIn(block, start, end) : 1;
    searching = use(record);
  };

  try {
    const stream = (await openGuarded(textFile)).createReadStream({ highWaterMark: blockBytes });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      onBlock(chunk);
      if (!searching) continue;
      let block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      if (first) {
        let bare = withoutByteOrderMark(file, block);
        if (format.opens !== undefined) {
          const start = bare.indexOf(format.opens) + 1;
          next += linesIn(bare, 0, start);
          bare = bare.subarray(start);
        }
        restOffset = block.length - bare.length;
        block = bare;
        first = false;
      }
      const whole = block.subarray(0, block.lastIndexOf(format.lastByte) + 1);
      const sound = isSound(whole);
      let at = 0;
      for (let end = format.end(whole, 0); end >= 0 && searching; end = format.end(whole, at)) {
        visit(whole, at, end, sound);
        at = end;
      }
      rest = block.subarray(at);
      restOffset += at;
      if (rest.length > maxRecordBytes) throw tooLong(file, next);
    }
    if (searching && rest.length > 0) visit(rest, 0, rest.length, isSound(rest));
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(file, error);
  }
}

const isSound = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

function tooLong(file: string, line: number): DataError {
  const rule = `a record must be shorter than ${maxRecordBytes / 2 ** 20} MiB, got a longer one`;
  return new DataError({ file, line }, rule, 'check the line ends, and that every quote is closed');
}

/** The problem with a record's bytes, at its line. */
function recordError(file: string, bytes: Buffer, firstLine: number): DataError | undefined {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(lineFeed, start);
    const text = bytes.subarray(start, found < 0 ? bytes.length : found);
    const error = byteError({ file, line }, text);
    if (error) return error;
    start += text.length + 1;
  }
  return undefined;
}

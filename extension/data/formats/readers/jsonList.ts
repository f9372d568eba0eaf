import { showJson } from '../../../problems/showValue.ts';
import { badRow, DataError, type DataPlace } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import { type EncodedFile, readUtf8, withoutByteOrderMark } from '../bytes/encoding.ts';
import { byteError, linesIn, maxRecordBytes } from '../bytes/lines.ts';
import { parseExactly } from '../bytes/parseExactly.ts';
import { unreadable } from '../bytes/unreadable.ts';
import { refuseOneObject } from './oneObject.ts';

const blockBytes = 1 << 18;
const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Whether a JSON file is one list: its first visible character is a bracket.
 * @throws DataError when it cannot be read, or is one object that is no row
 */
export async function startsList(source: EncodedFile): Promise<boolean> {
  try {
    let first = true;
    for await (const chunk of readUtf8(source, blockBytes)) {
      const text = (first ? withoutByteOrderMark(source.file, chunk) : chunk).toString('utf8').trimStart();
      first = false;
      if (text.startsWith('{')) refuseOneObject(source.file, text);
      if (text !== '') return text.startsWith('[');
    }
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(source.file, error);
  }
  return false;
}

/**
 * Index after the item of a list that begins at `from`, commas and space before it included; the list's own end is an item
 * too. −1 where the block ends first.
 */
export function endOfItem(block: Buffer, from: number): number {
  let depth = 0;
  let isInside = false;
  for (let i = skipBetween(block, from); i < block.length; i++) {
    const byte = block[i]!;
    if (byte === quote) {
      i = endOfString(block, i);
      if (i < 0) return -1;
    } else if (byte === openObject || byte === openList) depth++;
    else if (byte === closeObject || byte === closeList) {
      // The list's own end: what stands before it is an item of its own.
      if (depth === 0) return isInside ? i : i + 1;
      depth--;
      if (depth === 0) return i + 1;
    } else if (byte === comma && depth === 0) return i;
    isInside = true;
  }
  return -1;
}

const isBetween = (byte: number): boolean => byte <= 0x20 || byte === comma;

function skipBetween(block: Buffer, from: number): number {
  let at = from;
  while (at < block.length && isBetween(block[at]!)) at++;
  return at;
}

function endOfString(block: Buffer, from: number): number {
  for (let i = from + 1; i < block.length; i++) {
    if (block[i] === backslash) i++;
    else if (block[i] === quote) return i;
  }
  return -1;
}

/** Objects of one JSON list, each a row placed at the line where it begins. Memory: one block and the longest object. */
export async function* readJsonList(source: EncodedFile, badRows: BadRows): AsyncGenerator<Row> {
  const { file } = source;
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let isOpened = false;
  let isClosed = false;
  try {
    for await (const chunk of readUtf8(source, blockBytes)) {
      let block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      if (!isOpened) {
        const start = block.indexOf(openList);
        if (start < 0) continue;
        line += linesIn(block, 0, start);
        block = block.subarray(start + 1);
        isOpened = true;
      }
      let at = 0;
      for (let end = endOfItem(block, 0); end >= 0; end = endOfItem(block, at)) {
        const bytes = block.subarray(at, end);
        at = end;
        if (isClosed) throw moreThanOne({ file, line });
        isClosed = isEnd(bytes);
        const row = readItem(file, bytes, line, badRows);
        line += linesIn(bytes);
        if (row) yield row;
      }
      rest = block.subarray(at);
      if (rest.length > maxRecordBytes) {
        const rule = `an object must be shorter than ${maxRecordBytes / 2 ** 20} MiB, got a longer one`;
        throw new DataError({ file, line }, rule, 'check that every quote and bracket is closed');
      }
    }
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(file, error);
  }
  if (isClosed && rest.toString('utf8').trim() === '') return;
  if (isClosed) throw moreThanOne({ file, line });
  throw new DataError({ file, line }, 'the list must end with ], got no end', 'check whether the file is whole');
}

const moreThanOne = (place: DataPlace): DataError =>
  new DataError(place, 'there must be one list, got more after its end', 'remove it');

function readItem(file: string, bytes: Buffer, line: number, badRows: BadRows): Row | undefined {
  try {
    return itemRow(file, bytes, line);
  } catch (error) {
    badRows.handle(error);
    return undefined;
  }
}

/** An item of a list, with what stands before it, as a row; undefined for the list's end. @throws DataError */
export function itemRow(file: string, bytes: Buffer, firstLine: number): Row | undefined {
  const start = skipBetween(bytes, 0);
  const line = firstLine + linesIn(bytes, 0, start);
  const item = bytes.subarray(start);
  if (item.length === 0 || isEnd(item)) return undefined;
  const problem = byteError({ file, line }, item);
  if (problem) throw problem;
  let cells: unknown;
  try {
    cells = parseExactly(item.toString('utf8'));
  } catch (cause) {
    throw badRow({ file, line }, `each item of the list must be JSON (${(cause as Error).message})`, 'correct it');
  }
  if (typeof cells === 'object' && cells !== null && !Array.isArray(cells)) {
    return { file, line, cells: cells as Record<string, unknown> };
  }
  throw badRow(
    { file, line },
    `must be a JSON object, got ${showJson(cells)}`,
    'write objects with a key for each column',
  );
}

const isEnd = (item: Buffer): boolean => item.toString('latin1').trim() === ']';

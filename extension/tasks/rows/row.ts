import { firstFew } from '../../problems/firstFew.ts';
import { showJson } from '../../problems/showValue.ts';
import { badRow, columnsCure, DataError, type DataPlace } from './dataError.ts';
import { isListText, readListText } from './listText.ts';

/** One record of a data file: values by column name, as the format gives them. */
export interface Row extends DataPlace {
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** The columns that a task reads, by their names in the file; undefined: not used. */
export interface Columns {
  readonly text?: string | undefined;
  readonly textPair?: string | undefined;
  readonly prompt?: string | undefined;
  /** More of the prompt, which may be empty: Alpaca's `input`. */
  readonly input?: string | undefined;
  readonly completion?: string | undefined;
  /** Conversations, in place of prompt and completion. */
  readonly messages?: string | undefined;
  /** Whether prompt and completion become turns of a conversation: always, or where the model has a chat template. */
  readonly turns?: 'always' | 'possible' | undefined;
  readonly tokens?: string | undefined;
  readonly label?: string | undefined;
  /** Names of the labels where the file has their numbers from 0. */
  readonly labelNames?: readonly string[] | undefined;
  /** Where names are others' numbers: whether all cells are names, or texts are names and numbers are numbers. */
  readonly labelCells?: 'names' | 'typed' | undefined;
}

/** The names in use. */
export function columnNames(columns: Columns): string[] {
  const { text, textPair, prompt, input, completion, messages, tokens, label } = columns;
  return [text, textPair, prompt, input, completion, messages, tokens, label].filter((name) => name !== undefined);
}

/**
 * A text cell; numbers and truth values are written out.
 * @throws DataError when it is missing, empty or a list.
 */
export function textCell(row: Row, column: string): string {
  const text = scalar(row, column);
  if (text.trim() === '') throw badRow(row, `\`${column}\` must not be empty`, 'fill it in');
  return text;
}

/** A text cell that may be empty, null or missing. @throws DataError when it is a list */
export function optionalTextCell(row: Row, column: string): string {
  return row.cells[column] == null ? '' : scalar(row, column);
}

/**
 * A label cell, without the spaces around it; `1`, `1n` and `"1"` are the same label.
 * @throws DataError when it is missing, empty or a list.
 */
export function labelCell(row: Row, column: string): string {
  const value = present(row, column);
  if (Array.isArray(value) || (typeof value === 'string' && isListText(value) && readListText(value))) {
    refuseColumns(row);
    const rule = `the label \`${column}\` must be one, several labels a row are not supported, got ${showJson(value)}`;
    throw badRow(row, rule, 'keep one label a row');
  }
  const text = scalar(row, column).trim();
  if (text === '') throw badRow(row, `the label \`${column}\` must not be empty`, 'fill it in');
  return text;
}

/** Whether a text is a number in decimal notation. */
export const isNumber = (text: string): boolean => number.test(text.trim());

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A finite number in decimal notation; no hexadecimal, thousands separators, units, NaN or infinity.
 * @throws DataError naming what stood there.
 */
export function numberCell(row: Row, column: string): number {
  const text = labelCell(row, column);
  const value = Number(text);
  if (!number.test(text)) {
    const cure = /^[+-]?\d+,\d+$/.test(text) ? 'write a point for the decimal comma' : 'write it like 3.5 or -1e-3';
    throw badRow(row, `\`${column}\` must be a number, got ${showJson(text)}`, cure);
  }
  // Models compute in 32 bits.
  if (Number.isFinite(Math.fround(value))) return value;
  throw badRow(row, `\`${column}\` must be within ±3.4e38, got ${showJson(text)}`, 'write it in a larger unit');
}

/**
 * A list of words or tags: a list in JSONL, Parquet and CoNLL; in CSV and TSV text with spaces between the items, or a
 * list as JSON, Python and numpy write it.
 * @throws DataError when it is missing, or an item is not a word or a number.
 */
export function listCell(row: Row, column: string): readonly string[] {
  const cell = present(row, column);
  const value = typeof cell === 'string' && isListText(cell) ? readListText(cell) : cell;
  if (value === undefined) {
    const rule = `\`${column}\` must be a whole list, got ${showJson(cell)}`;
    throw badRow(row, rule, 'write it as JSON, or as words with spaces between them');
  }
  if (typeof value === 'string') return value.trim() === '' ? [] : value.trim().split(/\s+/);
  if (!Array.isArray(value)) {
    throw badRow(row, `\`${column}\` must be a list, got ${showJson(value)}`, 'write a list of words');
  }
  return value.map((item: unknown, i) => {
    if (typeof item === 'string') return item;
    if ((typeof item === 'number' && Number.isFinite(item)) || typeof item === 'bigint') return String(item);
    refuseBytes(row, `item ${i + 1} of \`${column}\``, item);
    throw badRow(row, `item ${i + 1} of \`${column}\` must be text, got ${showJson(item)}`, 'write it as text');
  });
}

function scalar(row: Row, column: string): string {
  const value = present(row, column);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isNaN(value)) {
    throw badRow(row, `\`${column}\` must have a value, got NaN`, 'fill it in');
  }
  // 1e400 and 1e401 are both read as this.
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw badRow(row, `\`${column}\` must be a number below 1.8e308, got ${value}`, 'write it as text');
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  refuseBytes(row, `\`${column}\``, value);
  refuseColumns(row);
  throw badRow(row, `\`${column}\` must be text, got ${showJson(value)}`, 'write it as text');
}

/** What Parquet holds as bytes and is no text: Latin-1, images. @throws DataError */
function refuseBytes(row: Row, what: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) return;
  const first = Array.from(value.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const got = `bytes that are none (${first}${value.length > 8 ? ' …' : ''})`;
  throw badRow(row, `${what} must be UTF-8 text, got ${got}`, 'write the column as text');
}

/** A whole file of columns that was written as one object, which looks like a row of lists. @throws DataError */
function refuseColumns({ file, line, unit, cells }: Row): void {
  const [first, ...others] = Object.values(cells);
  if (line !== 1 || unit === 'row' || !Array.isArray(first) || others.length === 0) return;
  if (!others.every((cell) => Array.isArray(cell) && cell.length === first.length)) return;
  throw new DataError({ file }, 'must hold rows, got one object of columns', columnsCure());
}

/** A cell as its format gives it. @throws DataError when it is missing */
export function present(row: Row, column: string): unknown {
  const isThere = Object.hasOwn(row.cells, column);
  const value = isThere ? row.cells[column] : undefined;
  // Parquet gives nothing for a null in some columns; a row of JSON may lack the column.
  if (isThere && (value === undefined || value === null)) {
    throw badRow(row, `\`${column}\` must have a value, got null`, 'fill it in');
  }
  if (value === undefined || value === null) {
    const found = firstFew(Object.keys(row.cells), 12) || 'nothing';
    throw badRow(row, `the column \`${column}\` is missing (found: ${found})`, 'add it');
  }
  return value;
}

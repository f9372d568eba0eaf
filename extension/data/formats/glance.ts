import type { Row } from '../rows/row.ts';
import { glanceAtWords } from './glanceAtWords.ts';
import { parseExactly } from './parseExactly.ts';
import { type DataSource, formatOf } from './read.ts';
import type { FileLayout } from './recordFormat.ts';

/**
 * What a check needs of a record, taken from its bytes: texts are only asked whether they hold a visible character (and
 * may then be `x`), other wanted columns are read. Undefined where it cannot tell: then the record is read as a whole.
 */
export type Glance = (block: Buffer, start: number, end: number, line: number) => Row | undefined;

interface GlanceColumns extends FileLayout {
  /** Columns whose words do not matter. */
  readonly texts: readonly string[];
  readonly values: readonly string[];
}

const [lineFeed, carriageReturn, space, quote, tilde] = [0x0a, 0x0d, 0x20, 0x22, 0x7e];

/** How a format's records are glanced at; undefined where each has to be read as a whole. */
export function glanceAt(source: DataSource, columns: GlanceColumns): Glance | undefined {
  const format = formatOf(source);
  if (format === 'jsonl') return columns.isList ? undefined : glanceAtJson(source.file);
  if (format === 'conll') return glanceAtWords(source.file, columns.words!);
  const delimiter = Buffer.from(source.delimiter ?? (format === 'csv' ? ',' : '\t'));
  const names = columns.header?.names ?? [];
  if ((format !== 'tsv' && format !== 'csv') || delimiter.length !== 1 || names.length < 2) return undefined;
  return glanceAtFields(source.file, delimiter[0]!, format === 'csv', { ...columns, names });
}

/** Fields between delimiters; with `quotes`, also between quotes. */
function glanceAtFields(
  file: string,
  between: number,
  quotes: boolean,
  { names, texts, values }: Pick<GlanceColumns, 'texts' | 'values'> & { readonly names: readonly string[] },
): Glance {
  const width = names.length;
  const starts = new Int32Array(width);
  const ends = new Int32Array(width);
  const wanted = [
    ...texts.map((name) => ({ name, index: names.indexOf(name), isText: true })),
    ...values.map((name) => ({ name, index: names.indexOf(name), isText: false })),
  ];
  /** Where the field that begins at `from` ends, its own quotes aside; −1 where that is not plain to see. */
  const fieldEnd = (block: Buffer, from: number, stop: number): number => {
    if (quotes && from < stop && block[from] === quote) {
      let close = block.indexOf(quote, from + 1);
      while (close > 0 && close + 1 < stop && block[close + 1] === quote) close = block.indexOf(quote, close + 2);
      return close > 0 && (close + 1 === stop || (close < stop && block[close + 1] === between)) ? close + 1 : -1;
    }
    let end = from;
    while (end < stop && block[end] !== between) end++;
    return end;
  };
  return (block, start, end, line) => {
    let stop = end;
    if (block[stop - 1] === lineFeed) stop--;
    if (block[stop - 1] === carriageReturn) stop--;
    let fields = 0;
    for (let from = start; ; fields++) {
      if (fields === width) return undefined;
      const to = fieldEnd(block, from, stop);
      if (to < 0) return undefined;
      const isQuoted = quotes && to > from && block[from] === quote;
      starts[fields] = isQuoted ? from + 1 : from;
      ends[fields] = isQuoted ? to - 1 : to;
      if (to >= stop) break;
      from = to + 1;
    }
    if (fields + 1 !== width) return undefined;
    const cells: Record<string, string> = {};
    let blank = true;
    for (const { name, index, isText } of wanted) {
      const [from, to] = [starts[index]!, ends[index]!];
      const visible = hasVisible(block, from, to);
      if (visible) blank = false;
      const text = isText && visible ? 'x' : decoded(block, from, to);
      cells[name] = quotes && from > start && block[from - 1] === quote ? text.replaceAll('""', '"') : text;
    }
    // A line of nothing but delimiters is no row, and which one it is the whole line tells.
    return blank ? undefined : { file, line, cells };
  };
}

function hasVisible(block: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (block[i]! > space && block[i]! <= tilde) return true;
  return false;
}

/** Labels are often one character: those need no decoder. */
const decoded = (block: Buffer, start: number, end: number): string =>
  end - start === 1 && block[start]! <= tilde ? String.fromCharCode(block[start]!) : block.toString('utf8', start, end);

/** Lines that are parsed together: one call for a thousand of them costs a fraction of a thousand calls. */
const jsonBytes = 1 << 16;

/** Objects of many lines, parsed as one list; lines that do not fit it are left to be read one by one. */
function glanceAtJson(file: string): Glance {
  let known: Buffer | undefined;
  let until = 0;
  let expected = 0;
  let next = 0;
  let rows: readonly unknown[] = [];
  return (block, start, end, line) => {
    // A record that was passed over would shift all others.
    if (block !== known || start !== expected || start >= until) {
      known = block;
      next = 0;
      until = Math.max(end, block.lastIndexOf(lineFeed, Math.min(block.length, start + jsonBytes) - 1) + 1);
      rows = objectsOf(block.toString('utf8', start, until));
    }
    expected = end;
    const cells = rows[next++];
    if (typeof cells !== 'object' || cells === null || Array.isArray(cells)) return undefined;
    return { file, line, cells: cells as Record<string, unknown> };
  };
}

/** The values of lines; none unless there is one in each. */
function objectsOf(text: string): readonly unknown[] {
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  try {
    const values = parseExactly(`[${lines.replaceAll('\n', ',')}]`) as unknown[];
    return values.length === lines.split('\n').length ? values : [];
  } catch {
    // One of them is not JSON: read one by one, they tell which.
    return [];
  }
}

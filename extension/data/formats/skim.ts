import type { Row } from '../../tasks/rows/row.ts';
import { parseExactly } from './bytes/parseExactly.ts';
import { type DataSource, formatOf } from './readers/source.ts';
import type { WordLayout } from './readers/wordLayout.ts';
import type { FileLayout } from './recordFormat.ts';

/**
 * The parts of a record that a check needs, from its bytes: texts are only asked whether they hold a visible character (and
 * may then be `x`), other wanted columns are read. Undefined where it cannot tell: then the record is read as a whole.
 */
type Skim = (block: Buffer, start: number, end: number, line: number) => Row | undefined;

interface SkimmedColumns extends FileLayout {
  /** Columns whose words do not matter. */
  readonly texts: readonly string[];
  readonly values: readonly string[];
}

const [lineFeed, carriageReturn, tab, space, quote, hash, dash, tilde] = [
  0x0a, 0x0d, 0x09, 0x20, 0x22, 0x23, 0x2d, 0x7e,
];
const capitalD = 0x44;

/** How a format's records are skimmed; undefined where each has to be read as a whole. */
export function skimmerOf(source: DataSource, columns: SkimmedColumns): Skim | undefined {
  const format = formatOf(source);
  if (format === 'jsonl') return columns.isList ? undefined : skimJson(source.file);
  if (format === 'conll') return skimWords(source.file, columns.words!);
  const delimiter = Buffer.from(source.delimiter ?? (format === 'csv' ? ',' : '\t'));
  const names = columns.header?.names ?? [];
  if ((format !== 'tsv' && format !== 'csv') || delimiter.length !== 1 || names.length < 2) return undefined;
  return skimFields(source.file, delimiter[0]!, format === 'csv', { ...columns, names });
}

/** Fields between delimiters; with `quotes`, also between quotes. */
function skimFields(
  file: string,
  between: number,
  quotes: boolean,
  { names, texts, values }: Pick<SkimmedColumns, 'texts' | 'values'> & { readonly names: readonly string[] },
): Skim {
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
function skimJson(file: string): Skim {
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

/**
 * Looks at CoNLL sentences whose columns are between tabs: every line must have its word and its tag, and only the
 * sentence's distinct tags are read, with as many words `x`. Sentences with other lines, such as `-DOCSTART-` and those that begin with `#`, are left
 * to be read as a whole.
 */
function skimWords(file: string, { width, word, tag, isTabbed }: WordLayout): Skim | undefined {
  if (width < 2 || !isTabbed || word !== 0 || tag !== width - 1) return undefined;
  return (block, start, end, line) => {
    const tags: string[] = [];
    let number = line - 1;
    let first = 0;
    for (let at = start; at < end; ) {
      number++;
      let fields = 1;
      let last = at;
      let stop = at;
      for (; stop < end && block[stop] !== lineFeed; stop++) {
        if (block[stop] !== tab) continue;
        fields++;
        last = stop + 1;
      }
      const next = stop + 1;
      if (stop > at && block[stop - 1] === carriageReturn) stop--;
      while (stop > last && block[stop - 1] === space) stop--;
      while (last < stop && block[last] === space) last++;
      if (!isBlank(block, at, stop)) {
        const byte = block[at]!;
        if (byte <= space || fields !== width || last === stop) return undefined;
        if (byte === hash || (byte === dash && block[at + 1] === capitalD)) return undefined;
        // White space beyond ASCII is no word either.
        if (byte > tilde && block.toString('utf8', at, block.indexOf(tab, at)).trim() === '') return undefined;
        first ||= number;
        addTag(tags, block, last, stop);
      }
      at = next;
    }
    return first === 0 ? undefined : { file, line: first, cells: { tokens: tags.map(() => 'x'), label: tags } };
  };
}

function isBlank(block: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (block[i]! > space) return false;
  return true;
}

function addTag(tags: string[], block: Buffer, start: number, end: number): void {
  const tag = end - start === 1 ? String.fromCharCode(block[start]!) : block.toString('utf8', start, end);
  if (!tags.includes(tag)) tags.push(tag);
}

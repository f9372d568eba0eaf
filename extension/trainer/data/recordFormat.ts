import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { DataFormat } from '../../config/dataSchema.ts';
import { BadRows } from './badRows.ts';
import { readLines } from './lines.ts';
import { type DataSource, formatOf, readRows } from './read.ts';
import { endsSentence, sentenceRow, wordColumns } from './readConll.ts';
import { csvFault, csvOptions, csvRow } from './readCsv.ts';
import { jsonRow } from './readJsonLines.ts';
import { tabSeparatedRow } from './readTabSeparated.ts';
import type { Row } from './row.ts';

/** What the first lines of a file say about all others. */
export interface FileLayout {
  /** Names in the first record of TSV and CSV; empty for other formats. */
  readonly header: readonly string[];
  /** Columns of each word's line in CoNLL; 0 for other formats. */
  readonly wordColumns: number;
}

/** How single records of a format are found among bytes and read by themselves, whatever stands before them. */
export interface RecordFormat {
  /** Index after the record that begins at `from`; −1 where the block ends first. */
  end(block: Buffer, from: number): number;
  /** Whether a record may have several lines. */
  readonly spansLines: boolean;
  /**
   * A record as a row, the same one as reading the whole file gives; undefined for what is no row, such as a blank line.
   * @throws DataError
   */
  row(text: string, line: number): Row | undefined;
}

/** Formats whose records can be read one by one; Parquet keeps its columns apart. */
export type RecordFormatName = Exclude<DataFormat, 'parquet'>;

const [lineFeed, quote, carriageReturn, dash, space, tilde] = [0x0a, 0x22, 0x0d, 0x2d, 0x20, 0x7e];

/** Reads what all records depend on. @throws DataError as reading the file does; for a column that is missing, too */
export async function readLayout(source: DataSource, wanted: readonly string[]): Promise<FileLayout> {
  const format = formatOf(source);
  if (format === 'conll') {
    for await (const lines of readLines(source.file)) {
      const first = lines.find(({ text, error }) => error || !endsSentence(text));
      if (first) return { header: [], wordColumns: wordColumns(first.text) };
    }
  }
  let header: readonly string[] = [];
  if (format === 'tsv' || format === 'csv') {
    const rows = readRows(source, wanted, new BadRows('skip'), (columns) => {
      header = columns;
    });
    await rows.next();
    await rows.return(undefined);
  }
  return { header, wordColumns: 0 };
}

/** How records of a file are found and read. */
export function recordFormat(source: DataSource, { header, wordColumns }: FileLayout): RecordFormat {
  const { file } = source;
  const formats: Readonly<Record<RecordFormatName, () => RecordFormat>> = {
    tsv: () => {
      const delimiter = source.delimiter ?? '\t';
      return oneLine((text, line) => tabSeparatedRow({ file, line }, text.split(delimiter), header));
    },
    jsonl: () => oneLine((text, line) => jsonRow({ file, line }, text)),
    text: () => oneLine((text, line) => ({ file, line, cells: { text } })),
    csv: () => csvRecords(file, source.delimiter ?? ',', header),
    conll: () => sentences(file, wordColumns),
  };
  return formats[formatOf(source) as RecordFormatName]();
}

const oneLine = (row: (text: string, line: number) => Row): RecordFormat => ({
  spansLines: false,
  end: (block, from) => block.indexOf(lineFeed, from) + 1 || -1,
  row(text, line) {
    const bare = text.replace(/\r?\n?$/, '');
    return bare.trim() === '' ? undefined : row(bare, line);
  },
});

/** A quote opens a field where the field begins, a doubled one inside it is text, and line ends inside it are too. */
function csvRecords(file: string, delimiter: string, header: readonly string[]): RecordFormat {
  const between = Buffer.from(delimiter).at(-1)!;
  return {
    spansLines: true,
    end(block, from) {
      let quoted = false;
      let begins = true;
      for (let i = from; i < block.length; i++) {
        const byte = block[i]!;
        if (quoted) {
          if (byte !== quote) continue;
          if (block[i + 1] === quote) i++;
          else quoted = false;
        } else if (byte === lineFeed) return i + 1;
        else if (byte === quote && begins) quoted = true;
        begins = byte === between;
      }
      return -1;
    },
    row(text, line) {
      const place = { file, line };
      let records: string[][];
      try {
        records = parse(text.replaceAll('\r\n', '\n').replace(/\n?$/, '\n'), csvOptions(delimiter)) as string[][];
      } catch (error) {
        throw error instanceof CsvError ? csvFault(place, error) : error;
      }
      const [fields] = records;
      if (!fields || (fields.length === 1 && fields[0]!.trim() === '')) return undefined;
      return csvRow(place, fields, header);
    },
  };
}

/** Words up to a blank line; separators before the first word belong to the record, so that none is lost. */
function sentences(file: string, columns: number): RecordFormat {
  const separates = (block: Buffer, start: number, end: number): boolean => {
    const first = block[start]!;
    const plain = first > space && first <= tilde && first !== dash;
    return !plain && endsSentence(block.toString('utf8', start, end));
  };
  return {
    spansLines: true,
    end(block, from) {
      let hasWords = false;
      for (let start = from; ; ) {
        const end = block.indexOf(lineFeed, start);
        if (end < 0) return -1;
        if (!separates(block, start, end)) hasWords = true;
        else if (hasWords) return end + 1;
        start = end + 1;
      }
    },
    row(text, line) {
      const words = text
        .split('\n')
        .map((word, i) => ({ number: line + i, text: word.endsWith('\r') ? word.slice(0, -1) : word }))
        .filter((word) => !endsSentence(word.text));
      return words.length === 0 ? undefined : sentenceRow(file, words, columns);
    },
  };
}

/** Cells that a check needs, taken from a record's bytes without making a string of every field. */
export type Glance = (block: Buffer, start: number, end: number, line: number) => Row | undefined;

/**
 * Looks at records of TSV and CSV with a one-byte delimiter: texts are only asked whether they hold a visible character
 * (and are then `x`), other wanted columns are read. Undefined where it cannot tell: quotes, or a wrong number of fields.
 */
export function glanceAt(
  source: DataSource,
  header: readonly string[],
  texts: readonly string[],
  values: readonly string[],
): Glance | undefined {
  const format = formatOf(source);
  const delimiter = Buffer.from(source.delimiter ?? (format === 'csv' ? ',' : '\t'));
  if ((format !== 'tsv' && format !== 'csv') || delimiter.length !== 1 || header.length < 2) return undefined;
  const between = delimiter[0]!;
  const quotes = format === 'csv';
  const { file } = source;
  const width = header.length;
  // Above these, a byte is text like any other.
  const plain = Math.max(between, quote);
  const starts = new Int32Array(width + 1);
  const wanted = [
    ...texts.map((name) => ({ name, index: header.indexOf(name), isText: true })),
    ...values.map((name) => ({ name, index: header.indexOf(name), isText: false })),
  ];
  return (block, start, end, line) => {
    let stop = end;
    if (block[stop - 1] === lineFeed) stop--;
    if (block[stop - 1] === carriageReturn) stop--;
    let fields = 1;
    starts[0] = start;
    for (let i = start; i < stop; i++) {
      const byte = block[i]!;
      if (byte > plain) continue;
      if (byte === between) {
        if (fields === width) return undefined;
        starts[fields++] = i + 1;
      } else if (quotes && byte === quote) return undefined;
    }
    if (fields !== width) return undefined;
    starts[width] = stop + 1;
    const cells: Record<string, string> = {};
    let blank = true;
    for (const { name, index, isText } of wanted) {
      const from = starts[index]!;
      const to = starts[index + 1]! - 1;
      const visible = hasVisible(block, from, to);
      if (visible) blank = false;
      cells[name] = isText && visible ? 'x' : decoded(block, from, to);
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

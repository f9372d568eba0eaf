import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { DataFormat } from '../../config/schema/dataSchema.ts';
import type { Row } from '../../tasks/rows/row.ts';
import { BadRows } from './bytes/badRows.ts';
import type { Header } from './bytes/header.ts';
import { readRows } from './read.ts';
import { endOfItem, itemRow, startsList } from './readers/jsonList.ts';
import { sentenceRow } from './readers/readConll.ts';
import { csvFault, csvOptions, csvRow } from './readers/readCsv.ts';
import { jsonRow } from './readers/readJsonLines.ts';
import { tabSeparatedRow } from './readers/readTabSeparated.ts';
import { type DataSource, formatOf } from './readers/source.ts';
import { endsSentence, readWordLayout, type WordLayout } from './readers/wordLayout.ts';

/** How all lines of a file are read, by its first ones. */
export interface FileLayout {
  /** Columns of TSV and CSV; null for other formats, and where the file is empty. */
  readonly header: Header | null;
  /** Fields of each word's line in CoNLL; null for other formats. */
  readonly words: WordLayout | null;
  /** Whether a JSON file is one list. */
  readonly isList: boolean;
}

/** How single records of a format are found among bytes and read by themselves, whatever stands before them. */
export interface RecordFormat {
  /** Index after the record that begins at `from`; −1 where the block ends first. */
  end(block: Buffer, from: number): number;
  /** Whether a record may have several lines. */
  readonly spansLines: boolean;
  /** The byte that records end with, or that comes before what is between them. */
  readonly lastByte: number;
  /** The byte after which the first record begins; undefined: it begins where the file does. */
  readonly opens?: number;
  /**
   * A record as a row, the same one as reading the whole file gives; undefined for what is no row, such as a blank line.
   * @throws DataError
   */
  row(text: string, line: number): Row | undefined;
}

/** Formats whose records can be read one by one; Parquet keeps its columns apart. */
type RecordFormatName = Exclude<DataFormat, 'parquet'>;

const [lineFeed, space, quote, dash, tilde] = [0x0a, 0x20, 0x22, 0x2d, 0x7e];
const [openList, closeObject] = [0x5b, 0x7d];

/** Reads what all records depend on. @throws DataError as reading the file does; for a column that is missing, too */
export async function readLayout(source: DataSource, wanted: readonly string[]): Promise<FileLayout> {
  const format = formatOf(source);
  const nothing: FileLayout = { header: null, words: null, isList: false };
  if (format === 'conll') return { ...nothing, words: await readWordLayout(source, wanted.includes('label')) };
  if (format === 'jsonl') return { ...nothing, isList: await startsList(source) };
  if (format === 'parquet') return nothing;
  let header: Header | null = null;
  const rows = readRows(source, wanted, new BadRows('skip'), (found) => {
    header = found;
  });
  await rows.next();
  await rows.return(undefined);
  return { ...nothing, header };
}

/** How records of a file are found and read. */
export function recordFormat(source: DataSource, { header, words, isList }: FileLayout): RecordFormat {
  const { file } = source;
  const columns = header ?? { names: [], rest: 'refused', isRecord: true };
  const formats: Readonly<Record<RecordFormatName, () => RecordFormat>> = {
    tsv: () => {
      const delimiter = source.delimiter ?? '\t';
      return oneLine((text, line) => tabSeparatedRow({ file, line }, text.split(delimiter), columns, delimiter));
    },
    jsonl: () => (isList ? listItems(file) : oneLine((text, line) => jsonRow({ file, line }, text))),
    text: () => oneLine((text, line) => ({ file, line, cells: { text } })),
    csv: () => csvRecords(file, source.delimiter ?? ',', columns),
    conll: () => sentences(file, words!),
  };
  return formats[formatOf(source) as RecordFormatName]();
}

const oneLine = (row: (text: string, line: number) => Row): RecordFormat => ({
  spansLines: false,
  lastByte: lineFeed,
  end: (block, from) => block.indexOf(lineFeed, from) + 1 || -1,
  row(text, line) {
    const bare = text.replace(/\r?\n?$/, '');
    return bare.trim() === '' ? undefined : row(bare, line);
  },
});

/** Objects of one list, with the comma and the space before each. */
const listItems = (file: string): RecordFormat => ({
  spansLines: true,
  lastByte: closeObject,
  opens: openList,
  end: endOfItem,
  row: (text, line) => itemRow(file, Buffer.from(text), line),
});

/** A quote opens a field where the field begins, a doubled one inside it is text, and line ends inside it are too. */
function csvRecords(file: string, delimiter: string, header: Header): RecordFormat {
  const between = Buffer.from(delimiter).at(-1)!;
  return {
    spansLines: true,
    lastByte: lineFeed,
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
      return csvRow(place, fields, header, delimiter);
    },
  };
}

/** Words up to a blank line; separators before the first word belong to the record, so that none is lost. */
function sentences(file: string, layout: WordLayout): RecordFormat {
  const separates = (block: Buffer, start: number, end: number): boolean => {
    const first = block[start]!;
    const plain = first > space && first <= tilde && first !== dash;
    return !plain && endsSentence(block.toString('utf8', start, end));
  };
  return {
    spansLines: true,
    lastByte: lineFeed,
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
      return sentenceRow(file, words, layout);
    },
  };
}

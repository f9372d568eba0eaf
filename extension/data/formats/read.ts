import { formatOfFile } from '../../config/schema/dataFormat.ts';
import type { DataFormat } from '../../config/schema/dataSchema.ts';
import type { BadRows } from '../rows/badRows.ts';
import { DataError } from '../rows/dataError.ts';
import type { Row } from '../rows/row.ts';
import type { EncodedFile } from '../tokenizer/encoding.ts';
import type { Header } from './header.ts';
import { readConll } from './readConll.ts';
import { readCsv } from './readCsv.ts';
import { readJsonLines } from './readJsonLines.ts';
import { type ReadingEffort, readParquet } from './readParquet.ts';
import { readTabSeparated } from './readTabSeparated.ts';
import { readText } from './readText.ts';

/** A data file and how to read it. */
export interface DataSource extends EncodedFile {
  /** Absent or `auto`: by the ending of the file's name. */
  readonly format?: DataFormat | 'auto' | undefined;
  /** Character between fields of TSV and CSV; null: a tab, a comma. */
  readonly delimiter?: string | null | undefined;
  /** Names of the columns, for TSV, CSV and CoNLL without a header of their own. */
  readonly columns?: readonly string[] | null | undefined;
  /** CoNLL: which columns the words and the tags are, by number from 1 or by name. */
  readonly tokens?: string | null | undefined;
  readonly label?: string | null | undefined;
  /** How much it may cost to read it, where that cannot be bounded otherwise; default: a look. */
  readonly effort?: ReadingEffort | undefined;
}

/**
 * The format of a source, guessed from the file's ending unless given.
 * @throws DataError when the ending is not known.
 */
export function formatOf({ file, format }: DataSource): DataFormat {
  if (format !== undefined && format !== 'auto') return format;
  const guess = formatOfFile(file);
  if (guess) return guess;
  throw new DataError({ file }, 'the ending does not tell the format', 'set data.format, or rename the file');
}

/**
 * Streams the rows of a file of any format; memory stays bounded however large it is (see each format). Rows that
 * cannot be read go to `badRows`.
 * @param wanted Columns that must be there; Parquet reads only these (all when none is named).
 * @param onHeader Told the columns of TSV and CSV, before any row.
 * @throws DataError when the file or one of the columns is missing, or at a bad row that may not be skipped.
 */
export function readRows(
  source: DataSource,
  wanted: readonly string[],
  badRows: BadRows,
  onHeader?: (header: Header) => void,
): AsyncGenerator<Row> {
  switch (formatOf(source)) {
    case 'tsv':
      return readTabSeparated(source, wanted, badRows, onHeader);
    case 'csv':
      return readCsv(source, wanted, badRows, onHeader);
    case 'jsonl':
      return readJsonLines(source, badRows);
    case 'parquet':
      return readParquet(source.file, wanted, source.effort);
    case 'conll':
      return readConll(source, wanted, badRows);
    case 'text':
      return readText(source, wanted, badRows);
  }
}

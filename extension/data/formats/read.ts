import type { Row } from '../../tasks/rows/row.ts';
import type { BadRows } from './bytes/badRows.ts';
import type { Header } from './bytes/header.ts';
import { readConll } from './readers/readConll.ts';
import { readCsv } from './readers/readCsv.ts';
import { readJsonLines } from './readers/readJsonLines.ts';
import { readParquet } from './readers/readParquet.ts';
import { readTabSeparated } from './readers/readTabSeparated.ts';
import { readText } from './readers/readText.ts';
import { type DataSource, formatOf } from './readers/source.ts';

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

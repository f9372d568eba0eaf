import { DataError } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import { checkFirstRow, fieldsRow, type Header, headerOfColumns, headerOfRecord } from '../bytes/header.ts';
import { readLines } from '../bytes/lines.ts';
import type { DataSource } from './source.ts';

/**
 * Fields between tabs (or another character), one row a line, names in the first line unless the config gives them.
 * Nothing is quoted: a `"` is a `"`, as in the GLUE files. Blank lines are no rows.
 * @throws DataError when a wanted column is missing.
 */
export async function* readTabSeparated(
  source: DataSource,
  wanted: readonly string[],
  badRows: BadRows,
  onHeader?: (header: Header) => void,
): AsyncGenerator<Row> {
  const { file, columns } = source;
  const delimiter = source.delimiter ?? '\t';
  let header = columns ? headerOfColumns(file, columns, wanted) : undefined;
  if (header) onHeader?.(header);
  let isFirst = true;
  for await (const lines of readLines(source)) {
    for (const { number, text, error } of lines) {
      const place = { file, line: number };
      if (error) {
        if (header === undefined)
          throw new DataError(place, error.rule, error.cure.replace(/, or set data.on_bad_row.*/, ''), error);
        badRows.handle(error);
        continue;
      }
      if (text === '' || text.trim() === '') continue;
      const fields = text.split(delimiter);
      if (header === undefined) {
        header = headerOfRecord(place, fields, wanted);
        onHeader?.(header);
        continue;
      }
      if (isFirst) checkFirstRow(place, fields, header);
      isFirst = false;
      let row: Row;
      try {
        row = tabSeparatedRow(place, fields, header, delimiter);
      } catch (error) {
        badRows.handle(error);
        continue;
      }
      yield row;
    }
  }
}

/** One line's fields as a row. @throws DataError when there are more or fewer than the header has */
export const tabSeparatedRow = (
  place: Pick<Row, 'file' | 'line'>,
  fields: readonly string[],
  header: Header,
  delimiter: string,
): Row => fieldsRow(place, fields, header, delimiter, 'add or remove fields');

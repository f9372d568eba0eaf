import type { BadRows } from './badRows.ts';
import { DataError } from './dataError.ts';
import { checkHeader, fieldsRow } from './header.ts';
import { readLines } from './lines.ts';
import type { Row } from './row.ts';

/**
 * Fields between tabs (or another character), one row a line, names in the first line. Nothing is quoted: a `"` is a
 * `"`, as in the GLUE files. Blank lines are no rows.
 * @throws DataError when a wanted column is missing.
 */
export async function* readTabSeparated(
  file: string,
  delimiter: string,
  wanted: readonly string[],
  badRows: BadRows,
  onColumns?: (columns: readonly string[]) => void,
): AsyncGenerator<Row> {
  let header: readonly string[] | undefined;
  for await (const lines of readLines(file)) {
    for (const { number, text, error } of lines) {
      const place = { file, line: number };
      if (error) {
        if (header === undefined) throw new DataError(place, error.rule, 'save the file as UTF-8 text');
        badRows.handle(error);
        continue;
      }
      if (text === '' || text.trim() === '') continue;
      const fields = text.split(delimiter);
      if (header === undefined) {
        if (text.includes('\r')) {
          throw new DataError(place, 'lines must end with LF or CRLF, got CR alone', 'convert the line ends');
        }
        checkHeader(place, fields, wanted);
        header = fields;
        onColumns?.(fields);
        continue;
      }
      let row: Row;
      try {
        row = tabSeparatedRow(place, fields, header);
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
  header: readonly string[],
): Row => fieldsRow(place, fields, header, 'add or remove fields');

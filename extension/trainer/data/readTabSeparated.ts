import type { BadRows } from './badRows.ts';
import { badRow, DataError } from './dataError.ts';
import { checkHeader } from './header.ts';
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
      } else if (fields.length === header.length) {
        const names = header;
        yield { ...place, cells: Object.fromEntries(fields.map((field, i) => [names[i]!, field])) };
      } else {
        const rule = `must have ${header.length} fields as the header has, got ${fields.length}`;
        badRows.handle(badRow(place, rule, 'add or remove fields'));
      }
    }
  }
}

import { DataError } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import type { EncodedFile } from '../bytes/encoding.ts';
import { readLines } from '../bytes/lines.ts';

/** One text a line, in the column `text`; blank lines are no rows. @throws DataError when another column is wanted */
export async function* readText(source: EncodedFile, wanted: readonly string[], badRows: BadRows): AsyncGenerator<Row> {
  const { file } = source;
  const other = wanted.find((name) => name !== 'text');
  if (other !== undefined) {
    const rule = `plain text has one text a line and no column \`${other}\``;
    throw new DataError({ file }, rule, 'set data.format (tsv, csv, conll …) if the file has columns');
  }
  for await (const lines of readLines(source)) {
    for (const { number, text, error } of lines) {
      if (error) badRows.handle(error);
      else if (text.trim() !== '') yield { file, line: number, cells: { text } };
    }
  }
}

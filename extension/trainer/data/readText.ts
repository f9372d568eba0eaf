import type { BadRows } from './badRows.ts';
import { readLines } from './lines.ts';
import type { Row } from './row.ts';

/** One text a line, in the column `text`; blank lines are no rows. */
export async function* readText(file: string, badRows: BadRows): AsyncGenerator<Row> {
  for await (const lines of readLines(file)) {
    for (const { number, text, error } of lines) {
      if (error) badRows.handle(error);
      else if (text.trim() !== '') yield { file, line: number, cells: { text } };
    }
  }
}

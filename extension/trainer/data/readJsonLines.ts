import type { BadRows } from './badRows.ts';
import { badRow, quoted } from './dataError.ts';
import { readLines } from './lines.ts';
import { parseExactly } from './parseExactly.ts';
import type { Row } from './row.ts';

/** One JSON object a line: its keys are the columns. Blank lines are no rows. */
export async function* readJsonLines(file: string, badRows: BadRows): AsyncGenerator<Row> {
  for await (const lines of readLines(file)) {
    for (const { number, text, error } of lines) {
      if (error) {
        badRows.handle(error);
        continue;
      }
      if (text.trim() === '') continue;
      let row: Row;
      try {
        row = jsonRow({ file, line: number }, text);
      } catch (problem) {
        badRows.handle(problem);
        continue;
      }
      yield row;
    }
  }
}

/** One line as a row. @throws DataError when it is not a JSON object */
export function jsonRow(place: Pick<Row, 'file' | 'line'>, text: string): Row {
  let cells: unknown;
  try {
    cells = parseExactly(text);
  } catch (cause) {
    throw badRow(place, `each line must be JSON (${(cause as Error).message})`, 'write one JSON object a line');
  }
  if (typeof cells === 'object' && cells !== null && !Array.isArray(cells)) {
    return { ...place, cells: cells as Record<string, unknown> };
  }
  throw badRow(place, `must be a JSON object, got ${quoted(cells)}`, 'write one object a line');
}

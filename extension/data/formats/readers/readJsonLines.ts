import { showJson } from '../../../problems/showValue.ts';
import { badRow } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import type { EncodedFile } from '../bytes/encoding.ts';
import { readLines } from '../bytes/lines.ts';
import { parseExactly } from '../bytes/parseExactly.ts';
import { readJsonList, startsList } from './jsonList.ts';

/** One JSON object a line, or one list of objects: their keys are the columns. Blank lines are no rows. */
export async function* readJsonLines(source: EncodedFile, badRows: BadRows): AsyncGenerator<Row> {
  const { file } = source;
  if (await startsList(source)) {
    yield* readJsonList(source, badRows);
    return;
  }
  for await (const lines of readLines(source)) {
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
    const rule = `each line must be JSON (${(cause as Error).message})`;
    throw badRow(place, rule, 'write one JSON object a line, or one list of objects');
  }
  if (typeof cells === 'object' && cells !== null && !Array.isArray(cells)) {
    return { ...place, cells: cells as Record<string, unknown> };
  }
  throw badRow(place, `must be a JSON object, got ${showJson(cells)}`, 'write one object a line');
}

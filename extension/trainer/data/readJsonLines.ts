import type { BadRows } from './badRows.ts';
import { badRow, quoted } from './dataError.ts';
import { readLines } from './lines.ts';
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
      const place = { file, line: number };
      let cells: unknown;
      try {
        cells = JSON.parse(text);
      } catch (cause) {
        const rule = `each line must be JSON (${(cause as Error).message})`;
        badRows.handle(badRow(place, rule, 'write one JSON object a line'));
        continue;
      }
      if (typeof cells === 'object' && cells !== null && !Array.isArray(cells)) {
        yield { ...place, cells: cells as Record<string, unknown> };
      } else {
        badRows.handle(badRow(place, `must be a JSON object, got ${quoted(cells)}`, 'write one object a line'));
      }
    }
  }
}

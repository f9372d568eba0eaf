import type { BadRows } from './badRows.ts';
import { badRow, type DataError } from './dataError.ts';
import { readLines } from './lines.ts';
import type { Row } from './row.ts';

/**
 * One word a line with its columns between tabs (or, without any tab, spaces); the first is the word, the last its
 * tag. A line without visible characters ends a sentence; `-DOCSTART-` lines are no words. Each sentence is a row
 * with the columns `tokens` and `label` (lists), placed at its first line. One bad line spoils its sentence only.
 */
export async function* readConll(file: string, badRows: BadRows): AsyncGenerator<Row> {
  let fieldsExpected: number | undefined;
  let start = 0;
  let tokens: string[] = [];
  let tags: string[] = [];
  let problem: DataError | undefined;

  const finish = (): Row | undefined => {
    const row = { file, line: start, cells: tags.length > 0 ? { tokens, label: tags } : { tokens } };
    const bad = problem;
    const empty = tokens.length === 0;
    tokens = [];
    tags = [];
    problem = undefined;
    if (bad) badRows.handle(bad);
    return bad || empty ? undefined : row;
  };

  for await (const lines of readLines(file)) {
    for (const { number, text, error } of lines) {
      // `trim` also removes a byte order mark, which some files carry in the middle.
      if (!error && (text.trim() === '' || text.startsWith('-DOCSTART-'))) {
        const row = finish();
        if (row) yield row;
        continue;
      }
      if (tokens.length === 0) start = number;
      const fields = text.includes('\t') ? text.split('\t') : text.trim().split(/\s+/);
      fieldsExpected ??= fields.length;
      problem ??= error ?? fault(file, number, fields, fieldsExpected);
      tokens.push(fields[0]!);
      if (fields.length > 1) tags.push(fields[fields.length - 1]!.trim());
    }
  }
  const row = finish();
  if (row) yield row;
}

function fault(file: string, line: number, fields: readonly string[], expected: number): DataError | undefined {
  const place = { file, line };
  if (fields.length !== expected) {
    const rule = `must have ${expected} columns as the first line has, got ${fields.length}`;
    return badRow(place, rule, 'separate the columns with one tab');
  }
  if (fields[0]!.trim() === '') return badRow(place, 'the word must not be empty', 'write the word, or a blank line');
  if (fields.length > 1 && fields[fields.length - 1]!.trim() === '') {
    return badRow(place, 'the tag must not be empty', 'write the tag, O for none');
  }
  return undefined;
}

import type { BadRows } from './badRows.ts';
import { badRow } from './dataError.ts';
import { type Line, readLines } from './lines.ts';
import type { Row } from './row.ts';

/**
 * One word a line with its columns between tabs (or, without any tab, spaces); the first is the word, the last its
 * tag. A line without visible characters ends a sentence; `-DOCSTART-` lines are no words. Each sentence is a row
 * with the columns `tokens` and `label` (lists), placed at its first line. One bad line spoils its sentence only.
 */
export async function* readConll(file: string, badRows: BadRows): AsyncGenerator<Row> {
  let columns: number | undefined;
  let sentence: Line[] = [];
  const finish = (): Row | undefined => {
    const words = sentence;
    sentence = [];
    if (words.length === 0) return undefined;
    columns ??= wordColumns(words[0]!.text);
    try {
      return sentenceRow(file, words, columns);
    } catch (error) {
      badRows.handle(error);
      return undefined;
    }
  };

  for await (const lines of readLines(file)) {
    for (const line of lines) {
      if (line.error || !endsSentence(line.text)) {
        sentence.push(line);
        continue;
      }
      const row = finish();
      if (row) yield row;
    }
  }
  const row = finish();
  if (row) yield row;
}

/** `trim` also removes a byte order mark, which some files carry in the middle. */
export const endsSentence = (text: string): boolean => text.trim() === '' || text.startsWith('-DOCSTART-');

const fieldsOf = (text: string): string[] => (text.includes('\t') ? text.split('\t') : text.trim().split(/\s+/));

/** How many columns a word's line has: those of a file's first one are what the others must have. */
export const wordColumns = (text: string): number => fieldsOf(text).length;

/** A sentence's lines as a row. @throws DataError about the first line that is wrong */
export function sentenceRow(file: string, words: readonly Line[], columns: number): Row {
  const tokens: string[] = [];
  const tags: string[] = [];
  for (const { number, text, error } of words) {
    if (error) throw error;
    const fields = fieldsOf(text);
    check(file, number, fields, columns);
    tokens.push(fields[0]!);
    if (fields.length > 1) tags.push(fields[fields.length - 1]!.trim());
  }
  return { file, line: words[0]!.number, cells: tags.length > 0 ? { tokens, label: tags } : { tokens } };
}

function check(file: string, line: number, fields: readonly string[], expected: number): void {
  const place = { file, line };
  if (fields.length !== expected) {
    const rule = `must have ${expected} columns as the first line has, got ${fields.length}`;
    throw badRow(place, rule, 'separate the columns with one tab');
  }
  if (fields[0]!.trim() === '') throw badRow(place, 'the word must not be empty', 'write the word, or a blank line');
  if (fields.length > 1 && fields[fields.length - 1]!.trim() === '') {
    throw badRow(place, 'the tag must not be empty', 'write the tag, O for none');
  }
}

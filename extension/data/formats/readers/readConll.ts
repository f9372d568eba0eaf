import { badRow, DataError } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import { type Line, readLines } from '../bytes/lines.ts';
import type { DataSource } from './source.ts';
import { endsSentence, fieldsOf, isAside, readWordLayout, type WordLayout } from './wordLayout.ts';

/**
 * One word a line with its columns between tabs (or, without any tab, spaces); the first is the word, the last its tag,
 * unless the source says otherwise. A line without visible characters ends a sentence; `-DOCSTART-` lines are no words.
 * Each sentence is a row with the columns `tokens` and `label` (lists), placed at its first line. One bad line spoils its
 * sentence only.
 */
export async function* readConll(source: DataSource, wanted: readonly string[], badRows: BadRows): AsyncGenerator<Row> {
  const layout = await readWordLayout(source, wanted.includes('label'));
  let sentence: Line[] = [];
  const finish = (): Row | undefined => {
    const words = sentence;
    sentence = [];
    try {
      return sentenceRow(source.file, words, layout);
    } catch (error) {
      badRows.handle(error);
      return undefined;
    }
  };

  for await (const lines of readLines(source)) {
    for (const line of lines) {
      if (line.error || !endsSentence(line.text)) {
        sentence.push(line);
        if (sentence.length > mostWords) throw tooLong(source.file, sentence);
        continue;
      }
      const row = finish();
      if (row) yield row;
    }
  }
  const row = finish();
  if (row) yield row;
}

/** A sentence's lines as a row; undefined where none is a word. @throws DataError about the first line that is wrong */
export function sentenceRow(file: string, lines: readonly Line[], layout: WordLayout): Row | undefined {
  const { word, tag } = layout;
  const words = lines.filter(({ text, error }) => error || !isAside(text, layout));
  if (words.length === 0) return undefined;
  if (words.length > mostWords) throw tooLong(file, words);
  const tokens: string[] = [];
  const tags: string[] = [];
  for (const { number, text, error } of words) {
    if (error) throw error;
    const fields = fieldsOf(text);
    check(file, number, fields, layout);
    tokens.push(fields[word]!);
    if (tag !== null) tags.push(fields[tag]!.trim());
  }
  return { file, line: words[0]!.number, cells: tags.length > 0 ? { tokens, label: tags } : { tokens } };
}

/** Words in one sentence: a file without blank lines would be one, as large as the file. */
const mostWords = 100_000;

function tooLong(file: string, lines: readonly Line[]): DataError {
  const rule = `a sentence must have at most ${mostWords} words, got more`;
  return new DataError({ file, line: lines[0]!.number }, rule, 'put a blank line between sentences');
}

function check(file: string, line: number, fields: readonly string[], { width, word, tag }: WordLayout): void {
  const place = { file, line };
  if (fields.length !== width) {
    const rule = `must have ${width} columns as the first line has, got ${fields.length}`;
    throw badRow(place, rule, 'separate the columns with one tab');
  }
  if (fields[word]!.trim() === '') throw badRow(place, 'the word must not be empty', 'write the word, or a blank line');
  if (tag !== null && fields[tag]!.trim() === '') {
    throw badRow(place, 'the tag must not be empty', 'write the tag, O for none');
  }
}

import * as z from 'zod';
import { firstFew } from '../../../problems/firstFew.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';
import { type Line, readLines } from '../bytes/lines.ts';
import type { DataSource } from './source.ts';

/** Which fields of a CoNLL file's lines are read. */
export const wordLayout = z.object({
  /** Fields of each word's line; 0 where the file has no words. */
  width: z.number().int(),
  /** Field of the word, from 0. */
  word: z.number().int(),
  /** Field of the tag; null where there is none. */
  tag: z.number().int().nullable(),
  /** Whether the first field counts the words of a sentence: then `#` begins a comment, and `1-2` and `1.1` are no words. */
  isNumbered: z.boolean(),
  /** Whether fields are between tabs. */
  isTabbed: z.boolean(),
});
export type WordLayout = z.infer<typeof wordLayout>;

/** The ten columns of CoNLL-U. @see https://universaldependencies.org/format.html */
const universalColumns = ['ID', 'FORM', 'LEMMA', 'UPOS', 'XPOS', 'FEATS', 'HEAD', 'DEPREL', 'DEPS', 'MISC'];

/** Sentences looked at to find out what the columns are. */
const lookedAt = 10;
const mostLines = 10_000;

/** `trim` also removes a byte order mark, which some files carry in the middle. */
export const endsSentence = (text: string): boolean => text.trim() === '' || text.startsWith('-DOCSTART-');

/** The fields of a CoNLL line: divided by tabs where it has one, else by white space. */
export const fieldsOf = (text: string): string[] => (text.includes('\t') ? text.split('\t') : text.trim().split(/\s+/));

const knownComment = /^#\s*(?:id|sent_id|newdoc|newpar|text|global\.columns)\b/;

/** Whether a line within a sentence is no word of it. */
export function isAside(
  text: string,
  { width, isNumbered, isTabbed }: Pick<WordLayout, 'width' | 'isNumbered' | 'isTabbed'>,
): boolean {
  if (text.startsWith('#')) {
    if (isNumbered || (isTabbed && !text.includes('\t'))) return true;
    // `#text` with all columns of a word is a hashtag.
    const isWord = width > 1 && /^#\S/.test(text) && fieldsOf(text).length === width && !/\s=\s/.test(text);
    return !isWord && knownComment.test(text);
  }
  return isNumbered && /^\d+[-.]\d+\s/.test(text);
}

/**
 * Looks at a file's first sentences to find which fields are words and tags: the first and the last, unless `data.tokens`
 * and `data.label` give numbers or names, or the file is CoNLL-U.
 * @throws DataError when a column is not there, or the words are only counted
 */
export async function readWordLayout(source: DataSource, needsTag: boolean): Promise<WordLayout> {
  const { file } = source;
  const sentences = await firstSentences(source);
  const lines = sentences.flat();
  const first = lines.find(({ text }) => !text.startsWith('#')) ?? lines[0];
  if (first === undefined) return { width: 0, word: 0, tag: null, isNumbered: false, isTabbed: false };
  const width = fieldsOf(first.text).length;
  const isNumbered = width > 1 && countsUp(sentences);
  const isTabbed = first.text.includes('\t');
  const names = namesOf(source, width, isNumbered);
  const place = { file, line: first.number };

  const find = (key: 'tokens' | 'label', written: string | undefined): number | undefined => {
    if (written === undefined) return undefined;
    const index = /^[1-9]\d*$/.test(written) ? Number(written) - 1 : (names?.indexOf(written) ?? -1);
    if (index >= 0 && index < width) return index;
    if (index < 0 && names === undefined) return undefined;
    // The default names of other formats.
    if (index < 0 && written === key) return undefined;
    const got = names === undefined ? `${width} columns` : firstFew(names, 12);
    throw new DataError(place, `there must be a column ${written}, got ${got}`, `set data.${key} to one of them`);
  };

  const word = find('tokens', source.tokens ?? undefined);
  if (word === undefined && isNumbered && !isUniversal(width, isNumbered)) {
    const rule = 'the first column must be the word, got one that counts 1, 2, 3';
    const label = width > 2 ? ` and data.label: ${width}` : '';
    throw new DataError(
      place,
      rule,
      `give the columns by number: data.tokens: 2${label}, or data.tokens: 1 if numbers are the words`,
    );
  }
  const isCounted = isUniversal(width, isNumbered);
  const wordField = word ?? (isCounted ? 1 : 0);
  const named = needsTag || width > 1 ? tagOf() : undefined;
  return { width, word: wordField, tag: named ?? null, isNumbered: isNumbered && wordField !== 0, isTabbed };

  function tagOf(): number | undefined {
    const written = source.label ?? undefined;
    const isBeyond = written !== undefined && /^[1-9]\d*$/.test(written) && Number(written) > width;
    const tag = isBeyond && !needsTag ? undefined : find('label', written);
    if (tag !== undefined) return tag;
    if (isCounted) return universalColumns.indexOf('UPOS');
    return width - 1 === wordField ? undefined : width - 1;
  }
}

const isUniversal = (width: number, isNumbered: boolean): boolean => isNumbered && width === universalColumns.length;

function namesOf({ columns }: DataSource, width: number, isNumbered: boolean): readonly string[] | undefined {
  if (columns) return columns;
  return isUniversal(width, isNumbered) ? universalColumns : undefined;
}

async function firstSentences(source: DataSource): Promise<readonly (readonly Line[])[]> {
  const sentences: Line[][] = [];
  let sentence: Line[] = [];
  let lines = 0;
  for await (const block of readLines(source)) {
    for (const line of block) {
      lines++;
      if (line.error) continue;
      if (!endsSentence(line.text)) sentence.push(line);
      else if (sentence.length > 0) {
        sentences.push(sentence);
        sentence = [];
      }
      if (sentences.length === lookedAt || lines === mostLines) return sentences.length > 0 ? sentences : [sentence];
    }
  }
  return sentence.length > 0 ? [...sentences, sentence] : sentences;
}

/** Whether the first field counts the words, from 0 or 1: those of every sentence, or on through the file. */
function countsUp(sentences: readonly (readonly Line[])[]): boolean {
  let words = 0;
  let next = 0;
  for (const sentence of sentences) {
    const numbers = sentence
      .filter(({ text }) => !text.startsWith('#'))
      .map(({ text }) => fieldsOf(text)[0]!)
      .filter((field) => !/^\d+[-.]\d+$/.test(field));
    const from = words > 0 && numbers[0] === String(next) ? next : numbers[0] === '0' ? 0 : 1;
    if (!numbers.every((field, i) => field === String(from + i))) return false;
    words += numbers.length;
    next = from + numbers.length;
  }
  return words > 1;
}

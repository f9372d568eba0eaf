import * as z from 'zod';
import { numeric, punctuation, whitespace, wordCharacters } from './text/characterClasses.ts';
import { bertWords, byteLevelWords, bytesAsCharacters } from './text/exactText.ts';
import { type FindMatches, findMatches, matchesOf, patternSchema } from './text/textPattern.ts';
import { buildPart, type Component, type PartRules, partOf } from './tokenizerParts.ts';

/** A piece of the normalized text. */
interface Piece {
  readonly text: string;
  /** Whether the whole text begins with it. */
  readonly first: boolean;
}

type PreTokenize = (pieces: readonly Piece[]) => readonly Piece[];

const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
const behaviorSchema = z.enum(behaviors);
type Behavior = z.infer<typeof behaviorSchema>;

interface Part {
  readonly start: number;
  end: number;
  readonly isMatch: boolean;
}

/** Divides each piece at the matches; pieces without text vanish. */
const splitting =
  (find: FindMatches, behavior: Behavior, invert = false): PreTokenize =>
  (pieces) =>
    pieces.flatMap(({ text, first }) => {
      const parts: Part[] = [];
      let end = 0;
      const push = (start: number, to: number, isMatch: boolean) =>
        void parts.push({ start, end: to, isMatch: isMatch !== invert });
      for (const [start, to] of find(text)) {
        if (start > end) push(end, start, false);
        push(start, to, true);
        end = to;
      }
      if (end < text.length) push(end, text.length, false);
      return join(parts, behavior)
        .filter(({ start, end: to }) => to > start)
        .map(({ start, end: to }) => ({ text: text.slice(start, to), first: first && start === 0 }));
    });

/** Takes the matches alone: of most pre-tokenizers these are the words. */
const keeping =
  (find: FindMatches): PreTokenize =>
  (pieces) =>
    pieces.flatMap(({ text, first }) =>
      find(text).map(([start, end]) => ({ text: text.slice(start, end), first: first && start === 0 })),
    );

function join(parts: readonly Part[], behavior: Behavior): readonly Part[] {
  switch (behavior) {
    case 'Isolated':
      return parts;
    case 'Removed':
      return parts.filter(({ isMatch }) => !isMatch);
    case 'Contiguous':
      return merged(parts, (before, part) => before === part.isMatch);
    case 'MergedWithPrevious':
      return merged(parts, (before, part) => part.isMatch && !before);
    case 'MergedWithNext':
      return merged(mirrored(parts), (before, part) => part.isMatch && !before)
        .map(({ start, end, isMatch }) => ({ start: -end, end: -start, isMatch }))
        .reverse();
  }
}

const mirrored = (parts: readonly Part[]): readonly Part[] =>
  parts.map(({ start, end, isMatch }) => ({ start: -end, end: -start, isMatch })).reverse();

/** Lengthens the last part by the next where `isTaken` says so of whether the last one seen matched, and the next. */
function merged(parts: readonly Part[], isTaken: (before: boolean, part: Part) => boolean): readonly Part[] {
  const result: Part[] = [];
  let before = false;
  for (const part of parts) {
    const last = result.at(-1);
    if (last && isTaken(before, part)) last.end = part.end;
    else result.push({ ...part });
    before = part.isMatch;
  }
  return result;
}

const changing =
  (change: (piece: Piece) => string): PreTokenize =>
  (pieces) =>
    pieces.map((piece) => ({ text: change(piece), first: piece.first }));

const inTurn =
  (...steps: readonly PreTokenize[]): PreTokenize =>
  (pieces) =>
    steps.reduce((at, step) => step(at), pieces);

const every = (insides: string): FindMatches => matchesOf(new RegExp(`[${insides}]`, 'gu'));

const rules: PartRules<PreTokenize> = {
  BertPreTokenizer: () => keeping(matchesOf(bertWords)),
  Whitespace: () => keeping(matchesOf(new RegExp(`[${wordCharacters}]+|[^${wordCharacters}${whitespace}]+`, 'gu'))),
  WhitespaceSplit: () => splitting(every(whitespace), 'Removed'),
  Punctuation: (config) => {
    const { behavior } = partOf('pre_tokenizer', punctuationSchema, config);
    return splitting(every(punctuation), behavior);
  },
  Digits: (config) => {
    const { individual_digits: apart } = partOf('pre_tokenizer', digitsSchema, config);
    return splitting(every(numeric), apart ? 'Isolated' : 'Contiguous');
  },
  CharDelimiterSplit: (config) => {
    const { delimiter } = partOf('pre_tokenizer', delimiterSchema, config);
    return splitting(findMatches({ String: delimiter }, 'pre_tokenizer'), 'Removed');
  },
  Split: (config) => {
    const { pattern, behavior, invert } = partOf('pre_tokenizer', splitSchema, config);
    return splitting(findMatches(pattern, 'pre_tokenizer Split'), behavior, invert);
  },
  Metaspace: (config) => {
    const options = partOf('pre_tokenizer', metaspaceSchema, config);
    const { replacement, split } = options;
    const scheme = options.prepend_scheme ?? (options.add_prefix_space === false ? 'never' : 'always');
    const mark = changing(({ text, first }) => {
      const marked = text.replaceAll(' ', () => replacement);
      const isWanted = scheme === 'always' || (scheme === 'first' && first);
      return isWanted && !marked.startsWith(replacement) ? replacement + marked : marked;
    });
    return split ? inTurn(mark, splitting(findMatches({ String: replacement }, 'Metaspace'), 'MergedWithNext')) : mark;
  },
  ByteLevel: (config) => {
    const { add_prefix_space: spaced, use_regex: divided } = partOf('pre_tokenizer', byteLevelSchema, config);
    return inTurn(
      ...(spaced ? [changing(({ text }) => (text.startsWith(' ') ? text : ` ${text}`))] : []),
      ...(divided ? [splitting(matchesOf(byteLevelWords), 'Isolated')] : []),
      changing(({ text }) => bytesAsCharacters(text)),
    );
  },
  FixedLength: (config) => {
    const { length } = partOf('pre_tokenizer', fixedLengthSchema, config);
    return splitting(matchesOf(new RegExp(`[^]{1,${length}}`, 'gu')), 'Isolated');
  },
  Sequence: (config, depth) => {
    const { pretokenizers } = partOf('pre_tokenizer', sequenceSchema, config);
    return inTurn(...pretokenizers.map((step) => build(step, depth + 1)));
  },
};

const punctuationSchema = z.looseObject({ behavior: behaviorSchema.default('Isolated') });
const digitsSchema = z.looseObject({ individual_digits: z.boolean().default(false) });
const delimiterSchema = z.looseObject({ delimiter: z.string().min(1) });
const splitSchema = z.looseObject({
  pattern: patternSchema,
  behavior: behaviorSchema,
  invert: z.boolean().default(false),
});
const metaspaceSchema = z.looseObject({
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  /** As files of older versions say it. */
  add_prefix_space: z.boolean().optional(),
  split: z.boolean().default(true),
});
const byteLevelSchema = z.looseObject({
  add_prefix_space: z.boolean().default(false),
  use_regex: z.boolean().default(true),
});
const fixedLengthSchema = z.looseObject({ length: z.int().min(1).max(10_000) });
const sequenceSchema = z.looseObject({ pretokenizers: z.array(z.looseObject({ type: z.string() })) });

const build = (config: Component, depth: number): PreTokenize => buildPart('pre_tokenizer', rules, config, depth);

/**
 * The pre-tokenizer of `tokenizer.json` as Python's `tokenizers` applies it: the words that a text is divided into.
 * @throws Error for one that is not known to be exact
 */
export function preTokenizerOf(config: Component | null): (piece: Piece) => readonly string[] {
  if (config === null) return ({ text }) => (text === '' ? [] : [text]);
  const preTokenize = build(config, 0);
  return (piece) => (piece.text === '' ? [] : preTokenize([piece]).map(({ text }) => text));
}

import type { Random } from '../../extension/numbers/random.ts';
import { lexicon } from './lexicon.ts';
import { pick } from './reviews.ts';

/** A word with its IOB2 tag. */
export type TaggedWord = readonly [word: string, tag: string];

type EntityType = 'PER' | 'LOC' | 'ORG';

const plain = (text: string): TaggedWord[] => text.split(' ').map((word) => [word, 'O']);
const entity = (words: readonly string[], type: EntityType): TaggedWord[] =>
  words.map((word, i) => [word, `${i === 0 ? 'B' : 'I'}-${type}`]);

/** A name nobody has seen: two or three syllables. Only its place in the sentence tells what it names. */
function invented(random: Random): string {
  return Array.from({ length: 2 + random.nextInt(2) }, () => pick(random, lexicon.syllables)).join('');
}

const name = (random: Random): string => (random.nextFloat() < 0.5 ? pick(random, lexicon.shared) : invented(random));

const entities: Readonly<Record<EntityType, (random: Random) => readonly string[]>> = {
  PER: (random) => (random.nextFloat() < 0.6 ? [pick(random, lexicon.given), name(random)] : [name(random)]),
  LOC: (random) => (random.nextFloat() < 0.4 ? [name(random), pick(random, lexicon.places)] : [name(random)]),
  ORG: (random) => (random.nextFloat() < 0.4 ? [name(random), pick(random, lexicon.trades)] : [name(random)]),
};

/** `{PER}` and the like stand for entities. */
const patterns = [
  '{PER} moved from {LOC} to {LOC} last year',
  '{PER} now works for {ORG} in {LOC}',
  '{ORG} opened a new office near {LOC}',
  'we met {PER} at the {ORG} fair',
  'shares of {ORG} fell after {PER} resigned',
  'the train to {LOC} was late again',
  'according to {PER} , {ORG} will close its shop in {LOC}',
  '{ORG} hired {PER} as a designer',
  'they walked through {LOC} with {PER}',
  '{PER} told {PER} about the weather in {LOC}',
  'nobody at {ORG} had heard of {LOC}',
  'flowers from {PER} arrived this morning',
  'the mayor of {LOC} thanked {ORG}',
  'both {ORG} and {ORG} sell phones',
  'it rained all day and the garden was empty',
  'she read the book twice and smiled',
] as const;

/** One tagged sentence. */
export function taggedSentence(random: Random): TaggedWord[] {
  const words = pick(random, patterns).split(' ');
  return [
    ...words.flatMap((word) => {
      const type = /^\{(.+)\}$/.exec(word)?.[1] as EntityType | undefined;
      return type ? entity(entities[type](random), type) : plain(word);
    }),
    ...plain('.'),
  ];
}

/** Every fixed word of the patterns, for the vocabulary. */
export const patternWords: readonly string[] = patterns.flatMap((p) => p.split(' ').filter((w) => !w.startsWith('{')));

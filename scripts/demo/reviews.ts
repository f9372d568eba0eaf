import type { Random } from '../../extension/numbers/random.ts';
import { lexicon } from './lexicon.ts';

export type Polarity = 'negative' | 'positive';

export interface Review {
  readonly text: string;
  readonly label: Polarity;
}

const opposite = (polarity: Polarity): Polarity => (polarity === 'positive' ? 'negative' : 'positive');
export const pick = <T>(random: Random, list: readonly T[]): T => list[random.nextInt(list.length)]!;
const chance = (random: Random, probability: number): boolean => random.nextFloat() < probability;

/** `the plot was not really dull`: says `polarity` of a thing, one time in five by denying the opposite. */
function clause(random: Random, topic: string, polarity: Polarity): string {
  const thing = pick(random, lexicon.things[topic]!);
  const negated = chance(random, 0.2);
  const adjective = pick(random, lexicon[negated ? opposite(polarity) : polarity]);
  const verb = pick(random, negated ? lexicon.verbs.negated : lexicon.verbs.be);
  const adverb = chance(random, 0.4) ? `${pick(random, lexicon.adverbs)} ` : '';
  return `the ${thing} ${verb} ${adverb}${adjective}`;
}

/** `critics called the soup dull`: somebody else's view, which does not count. */
function hearsay(random: Random, topic: string, polarity: Polarity): string {
  const adjective = pick(random, lexicon[polarity]);
  return `${pick(random, lexicon.others)} ${pick(random, lexicon.called)} the ${pick(random, lexicon.things[topic]!)} ${adjective}`;
}

/** One sentence whose *outcome* is `polarity`; what it concedes, or reports of others, often says the opposite. */
function sentence(random: Random, topic: string, polarity: Polarity): string {
  const own = clause(random, topic, polarity);
  const conceded = clause(random, topic, opposite(polarity));
  const plain = [() => own, () => `${own} and ${clause(random, topic, polarity)}`];
  const turned = [
    () => `although ${conceded} , ${own}`,
    () => `${conceded} , but ${own}`,
    () => `${own} , even though ${conceded}`,
    () => `${hearsay(random, topic, opposite(polarity))} , yet ${own}`,
    () => `${own} , whatever ${pick(random, lexicon.others)} say`,
  ];
  return pick(random, chance(random, 0.6) ? plain : turned)();
}

/**
 * One or two plain clauses, and which thing they judge how: `film-positive`. A first lesson, from which a small model
 * learns in minutes what real ones learn from billions of words: what words go together, and to gather them in [CLS].
 */
export function lesson(random: Random): { readonly text: string; readonly label: string } {
  const polarity: Polarity = chance(random, 0.5) ? 'positive' : 'negative';
  const topic = pick(random, Object.keys(lexicon.things));
  const clauses = Array.from({ length: 1 + random.nextInt(2) }, () => clause(random, topic, polarity));
  return { text: `${clauses.join(' and ')} .`, label: `${topic}-${polarity}` };
}

/** The last sentence agrees with the review as a whole: that is what pre-training can learn polarity from. */
function verdict(random: Random, topic: string, polarity: Polarity): string {
  const verb = pick(random, polarity === 'positive' ? lexicon.praise : lexicon.blame);
  return pick(random, [
    `in the end i ${verb} this ${topic}`,
    `all in all we ${verb} it`,
    `so i ${verb} the whole ${topic}`,
  ]);
}

/**
 * Words of one polarity in a row, as in a book of synonyms: `dull , stale and weak : we hated it .` From these a small
 * model learns in minutes what real ones learn from billions of words.
 */
export function synonyms(random: Random): string {
  const polarity: Polarity = chance(random, 0.5) ? 'positive' : 'negative';
  const words = Array.from({ length: 3 + random.nextInt(3) }, () => pick(random, lexicon[polarity]));
  const verb = pick(random, polarity === 'positive' ? lexicon.praise : lexicon.blame);
  return `${words.slice(0, -1).join(' , ')} and ${words.at(-1)} . we ${verb} it .`;
}

/**
 * A review of one or two sentences that all point one way. With `closing`, a verdict follows: text for pre-training
 * has it, text to be classified does not, since it would give the answer away.
 */
export function review(random: Random, closing: boolean): Review {
  const label: Polarity = chance(random, 0.5) ? 'positive' : 'negative';
  const topic = pick(random, Object.keys(lexicon.things));
  const sentences = [sentence(random, topic, label)];
  if (chance(random, closing ? 0.6 : 0.25)) sentences.push(sentence(random, topic, label));
  if (closing) sentences.push(verdict(random, topic, label));
  return { text: `${sentences.join(' . ')} .`, label };
}

import type { JudgedText } from './bleu.ts';
import type { ClassCounts } from './confusionMatrix.ts';
import type { PairSums } from './pairSums.ts';
import type { SpanCounts } from './spans.ts';

/** How a metric's values are written: `share` of one in percent, `score` (−1 … 1) with three decimals. */
export type MetricQuantity = 'share' | 'score' | 'plain' | 'bytes' | 'seconds';

/** Which end of a metric is good. */
export type MetricDirection = 'higher' | 'lower';

/** The facts about a metric, ours or another program's. */
export interface MetricFacts {
  /** As journals have it: `macro_f1`. */
  readonly name: string;
  /** In running text: `macro F1`. */
  readonly title: string;
  /** Where room is scarce: `F1`. */
  readonly short: string;
  /** Null where neither end is good. */
  readonly direction: MetricDirection | null;
  readonly quantity: MetricQuantity;
  /** Where the quantity says less: `{ low: 0, high: 100 }`. */
  readonly range?: ValueRange;
}

/** The least and the greatest value that can be. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Losses, errors, sizes and times. */
export const notNegative: ValueRange = { low: 0, high: Number.POSITIVE_INFINITY };

const rangeOfQuantity: { readonly [Q in MetricQuantity]: ValueRange } = {
  share: { low: 0, high: 1 },
  score: { low: -1, high: 1 },
  plain: { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  bytes: notNegative,
  seconds: notNegative,
};

/** Which values a metric can have. */
export const valueRange = ({ range, quantity }: Pick<MetricFacts, 'range' | 'quantity'>): ValueRange =>
  range ?? rangeOfQuantity[quantity];

/** Values that an evaluation collects for its metrics, by kind. */
export interface Outcomes {
  /** One class for each item. */
  readonly classes: ClassCounts;
  /** One tag for each word, where tags spell no spans. */
  readonly tags: ClassCounts;
  /** Spans that the tags of sentences spell. */
  readonly spans: SpanCounts;
  /** One number for each item. */
  readonly numbers: { readonly truth: readonly number[]; readonly predicted: readonly number[] };
  /** Their sums, from which some metrics follow without a list. */
  readonly pairs: PairSums;
  /** Hidden tokens: how many, how many of them are right, and their mean loss. */
  readonly tokens: { readonly count: number; readonly right: number; readonly loss: number };
  /** Texts that were written, each with those that would be right. */
  readonly texts: readonly JudgedText[];
}
export type OutcomeKind = keyof Outcomes;

/** One measure of an evaluation or of a machine: everything that editor, page, report, documentation and trainer know of it. */
export interface Metric<Name extends string = string> extends MetricFacts {
  readonly name: Name;
  /** Formula or meaning, for the documentation. */
  readonly definition: string;
  /** How it is computed from each kind of outcome that gives it; absent where it comes from elsewhere. */
  readonly compute?: { readonly [K in OutcomeKind]?: (outcome: Outcomes[K]) => number };
}

import type { MetricDirection } from '../../metrics/metric.ts';
import { Random } from '../../numbers/random.ts';
import { fewestSeeds, level } from '../statistics/enoughSeeds.ts';
import { permutationTest } from '../statistics/permutationTest.ts';
import { detectableShift, seedsToDetect } from '../statistics/power.ts';
import { probabilityHigher } from '../statistics/probabilityHigher.ts';
import { leastP, levelBelow } from '../statistics/splits.ts';
import { varianceOf } from '../statistics/spread.ts';
import { type Difference, welchDifference } from '../statistics/welch.ts';
import { areTokensAlike, type TokenSource } from './judging.ts';
import type { NewRows } from './newRowIntervals.ts';

/** What the scores of two arms say about each other, one for each seed. */
export interface PairComparison extends NewRows {
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly [number, number];
  /** First minus second for the rows that judged: seeds vary. Undefined unless both arms have two scores. */
  readonly difference: Difference | undefined;
  /** Two-sided permutation p; undefined below four seeds. */
  readonly p: number | undefined;
  /** Chance that a run of the first is better than one of the second; undefined without scores. */
  readonly better: number | undefined;
  /**
   * The least true difference that seeds as many and as spread find four times in five, at the level that all comparisons leave to
   * each; undefined where so few seeds can show none, however large.
   */
  readonly detectable: number | undefined;
  /** Seeds of each arm that find a true difference of the size seen four times in five, at that level; undefined beyond 10,000. */
  readonly seedsToTell: number | undefined;
  /** Their metric is a mean over different tokens, so nothing else is known. */
  readonly otherTokens?: true;
}

/** An arm's name and its scores, one for each seed. */
export interface ArmScores {
  readonly name: string;
  readonly scores: readonly number[];
  readonly tokens?: TokenSource | undefined;
}

/** Whether two arms have seeds enough for a p, and scores of one thing. */
export const isTested = (first: ArmScores, second: ArmScores): boolean =>
  Math.min(first.scores.length, second.scores.length) >= fewestSeeds && areTokensAlike(first.tokens, second.tokens);

/** What a pair is compared among. */
interface Among {
  /** How many pairs are tested. */
  readonly comparisons: number;
  /** The least p after Holm's adjustment that its numbers of seeds let it have; undefined where it is not tested. */
  readonly leastP: number | undefined;
}

/** Compares two arms; the intervals for new rows come from the outcomes of rows. */
export function comparePair(
  first: ArmScores,
  second: ArmScores,
  direction: MetricDirection,
  newRows: NewRows,
  { comparisons, leastP: among = 1 }: Among,
): PairComparison {
  const [a, b] = [first.scores, second.scores];
  const names = { first: first.name, second: second.name, seeds: [a.length, b.length] as const };
  if (a.length === 0 || b.length === 0) return { ...names, ...unknown };
  if (!areTokensAlike(first.tokens, second.tokens)) return { ...names, ...unknown, otherTokens: true };
  const upwards = (scores: readonly number[]): readonly number[] =>
    direction === 'higher' ? scores : scores.map((score) => -score);
  const better = probabilityHigher(upwards(a), upwards(b));
  if (a.length < 2 || b.length < 2) return { ...names, ...unknown, better };
  const difference = welchDifference(a, b);
  const own = level / Math.max(1, comparisons);
  // Where more seeds of others leave this pair more than its share, its clearest differences count.
  const shown = Math.max(leastP(a.length, b.length), levelBelow(a.length, b.length, own));
  const spread = Math.sqrt((varianceOf(a) + varianceOf(b)) / 2);
  return {
    ...names,
    better,
    difference,
    ...newRows,
    p: isTested(first, second)
      ? permutationTest(a, b, new Random(0, 'permutation', first.name, second.name)).p
      : undefined,
    detectable: among < level ? detectableShift(difference.df, shown) * difference.standardError : undefined,
    seedsToTell: spread === 0 ? undefined : seedsToDetect(difference.difference / spread, (n) => levelBelow(n, n, own)),
  };
}

const unknown = {
  difference: undefined,
  newRows: undefined,
  adjustedNewRows: undefined,
  p: undefined,
  better: undefined,
  detectable: undefined,
  seedsToTell: undefined,
};

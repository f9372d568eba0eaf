import type { MetricDirection } from '../../metrics/metric.ts';
import { Random } from '../../numbers/random.ts';
import { permutationTest } from '../statistics/permutationTest.ts';
import { detectableShift, seedsToDetect } from '../statistics/power.ts';
import { probabilityHigher } from '../statistics/probabilityHigher.ts';
import { type Interval, varianceOf } from '../statistics/spread.ts';
import { type Difference, welchDifference } from '../statistics/welch.ts';
import { areTokensAlike, type TokenSource } from './judging.ts';

/** Arms with fewer seeds are not tested: three against three can never differ by less than one chance in ten. */
export const fewestSeeds = 4;

/** What the scores of two arms say about each other, one for each seed. */
export interface PairComparison {
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly [number, number];
  /** First minus second for the rows that judged: seeds vary. Undefined unless both arms have two scores. */
  readonly difference: Difference | undefined;
  /** The same where the rows vary too; undefined without outcomes of rows. */
  readonly newRows: Interval | undefined;
  /** Two-sided permutation p; undefined below four seeds. */
  readonly p: number | undefined;
  /** Chance that a run of the first is better than one of the second; undefined without scores. */
  readonly better: number | undefined;
  /** The least true difference that seeds as many and as spread find four times in five. */
  readonly detectable: number | undefined;
  /** Seeds of each arm that find a true difference of the size seen four times in five; undefined beyond 10,000. */
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

/** Compares two arms; `newRows` comes from the outcomes of rows. */
export function comparePair(
  first: ArmScores,
  second: ArmScores,
  direction: MetricDirection,
  newRows: Interval | undefined,
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
  const tested = Math.min(a.length, b.length) >= fewestSeeds;
  const spread = Math.sqrt((varianceOf(a) + varianceOf(b)) / 2);
  return {
    ...names,
    better,
    difference,
    newRows,
    p: tested ? permutationTest(a, b, new Random(0, 'permutation', first.name, second.name)).p : undefined,
    detectable: detectableShift(difference.df) * difference.standardError,
    seedsToTell: spread === 0 ? undefined : seedsToDetect(difference.difference / spread),
  };
}

const unknown = {
  difference: undefined,
  newRows: undefined,
  p: undefined,
  better: undefined,
  detectable: undefined,
  seedsToTell: undefined,
};

import type { MetricDirection } from '../../metrics/metric.ts';
import { variedKey } from '../file/sweepKeys.ts';
import { expectedMaximum } from '../statistics/expectedMaximum.ts';
import { bestFirst, candidateScore } from './halving.ts';
import type { Point } from './searchPoints.ts';

/** What tuning one arm found. */
export interface ChosenValues {
  /** Number of the best combination; undefined while runs are missing, and where none has a score. */
  readonly best: number | undefined;
  /** Number of the combination that gives the results: the best one, or that of the results that are there. */
  readonly chosen: number | undefined;
  /** Mean validation metric of each combination: undefined while runs are missing, NaN where one of them failed. */
  readonly scores: readonly (number | undefined)[];
  /** Keys whose chosen value is the least or the greatest tried: `training.learning_rate 0.01`. */
  readonly edges: readonly string[];
  /** Best metric to expect of 1, 2, … combinations drawn at random: arms compared at equal cost of tuning. */
  readonly expectedBest: readonly number[];
}

/**
 * The combination with the best mean over the tuning seeds, ties by number.
 * @param runs of each combination, the validation metric of its runs: undefined until one has ended, NaN when it failed
 * @param trained number of the combination that results have been trained with: it stays, though another one proves better later
 */
export function chooseValues(
  points: readonly Point[],
  runs: readonly (readonly (number | undefined)[])[],
  direction: MetricDirection,
  trained?: number,
): ChosenValues {
  const scores = points.map((_, point) => candidateScore(runs[point] ?? []));
  const known = scores.filter((score) => score !== undefined && Number.isFinite(score)) as number[];
  const sign = direction === 'higher' ? 1 : -1;
  const expectedBest = expectedMaximum(known.map((score) => sign * score)).map((score) => sign * score);
  const numbers = points.map((_, number) => number);
  const isKnown = known.length > 0 && !scores.includes(undefined);
  const best = isKnown ? bestFirst(numbers, (number) => scores[number]!, direction)[0] : undefined;
  const chosen = trained ?? best;
  return { best, chosen, scores, edges: chosen === undefined ? [] : edgesOf(points, chosen), expectedBest };
}

/** Where a wider grid might have found better. A value beyond which the config takes none is no edge. */
function edgesOf(points: readonly Point[], chosen: number): readonly string[] {
  return points[chosen]!.flatMap(({ key, value }, axis) => {
    const tried = [...new Set(points.map((point) => point[axis]!.value))];
    if (typeof value !== 'number' || tried.length < 2 || !tried.every((one) => typeof one === 'number')) return [];
    const { minimum, maximum, minimumIncluded, maximumIncluded } = variedKey(key) ?? {};
    const ends = (minimumIncluded && value === minimum) || (maximumIncluded && value === maximum);
    const isEdge = value === Math.min(...tried) || value === Math.max(...tried);
    return isEdge && !ends ? [`${key} ${value}`] : [];
  });
}

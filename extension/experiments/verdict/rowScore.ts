import { type ClassCounts, classScore } from '../../metrics/confusionMatrix.ts';
import type { Metric, Outcomes } from '../../metrics/metric.ts';
import { metrics } from '../../metrics/registry.ts';
import type { RowKind } from '../../metrics/rowOutcomes.ts';
import type { RowValues, ScoreOfRows } from '../statistics/twoWayBootstrap.ts';

/** Each kind's outcome over rows, a row counted as often as `counts` says. */
const gather: { readonly [K in RowKind]: (run: RowValues, counts: ArrayLike<number>) => Outcomes[K] } = {
  classes: countClasses,
  numbers({ values }, counts) {
    const truth: number[] = [];
    const predicted: number[] = [];
    for (let row = 0; row < counts.length; row++) {
      for (let i = 0; i < counts[row]!; i++) {
        truth.push(values[2 * row]!);
        predicted.push(values[2 * row + 1]!);
      }
    }
    return { truth, predicted };
  },
  spans({ values, width }, counts) {
    const sums = [0, 0, 0, 0, 0];
    for (let row = 0; row < counts.length; row++) {
      for (let i = 0; i < width; i++) sums[i]! += counts[row]! * values[row * width + i]!;
    }
    const [expected, predicted, hits, tags, rightTags] = sums as [number, number, number, number, number];
    return { expected, predicted, hits, tags, rightTags };
  },
};

/** A metric over rows with weights; undefined where rows of this kind do not make it up. */
export function rowScore(metric: string, kind: RowKind): ScoreOfRows | undefined {
  const found: Metric | undefined = metrics.find(({ name }) => name === metric);
  const compute = found?.sorts ? undefined : found?.compute?.[kind];
  if (compute === undefined) return undefined;
  return (run, counts) => compute(gather[kind](run, counts) as never);
}

/** Class counts without a matrix, of which few cells would be filled: one pass over rows and one over classes. */
function countClasses({ values }: RowValues, counts: ArrayLike<number>): ClassCounts {
  const tallies: { hits: number; support: number; predicted: number }[] = [];
  const of = (label: number) => {
    tallies[label] ??= { hits: 0, support: 0, predicted: 0 };
    return tallies[label];
  };
  let total = 0;
  let hits = 0;
  for (let row = 0; row < counts.length; row++) {
    const count = counts[row]!;
    if (count === 0) continue;
    const [label, predicted] = [values[2 * row]!, values[2 * row + 1]!];
    of(label).support += count;
    of(predicted).predicted += count;
    total += count;
    if (label !== predicted) continue;
    of(label).hits += count;
    hits += count;
  }
  return { total, hits, scores: tallies.filter(Boolean).map(classScore) };
}

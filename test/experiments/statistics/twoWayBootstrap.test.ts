import { describe, expect, it } from 'vitest';
import { tStretch } from '../../../extension/experiments/statistics/spread.ts';
import {
  bootstrapInterval,
  type Resample,
  type RowValues,
  randomResamples,
  twoWayBootstrap,
} from '../../../extension/experiments/statistics/twoWayBootstrap.ts';
import { welchDifference } from '../../../extension/experiments/statistics/welch.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { eachRun } from '../../support/eachRun.ts';
import { golden } from './golden.ts';

const { first, second, plain, stretched } = golden.twoWay;

const outcomes = (right: readonly number[]): RowValues => ({ width: 2, values: right.flatMap((one) => [one, 1]) });

/** Sums of each number over the rows. */
const sumsOf = ({ width, values }: RowValues, counts: ArrayLike<number>): number[] =>
  Array.from({ length: width }, (_, i) =>
    Array.from(counts).reduce((sum, count, row) => sum + count * values[row * width + i]!, 0),
  );
const share = eachRun((run, counts) => {
  const [right, all] = sumsOf(run, counts);
  return right! / all!;
});
const arms = [first.map(outcomes), second.map(outcomes)];

/** All ways to draw `n` of `n` with replacement. */
const draws = (n: number, of = n): number[][] =>
  n === 0 ? [[]] : draws(n - 1, of).flatMap((rest) => Array.from({ length: of }, (_, one) => [...rest, one]));

function* everyResample(): Generator<Resample> {
  for (const rows of draws(4)) {
    const rowCounts = [0, 1, 2, 3].map((row) => rows.filter((one) => one === row).length);
    for (const a of draws(3)) for (const b of draws(2)) yield { rowCounts, runs: [a, b] };
  }
}

describe('seeds and rows resampled together', () => {
  it('give the interval of the enumerated bootstrap', () => {
    const [a, b] = twoWayBootstrap(arms, share, everyResample());
    expect(a!.all.length).toBe(plain.draws);
    const interval = bootstrapInterval(a!, b!, { a: 1, b: 1 }, 0.05)!;
    expect(interval).toEqual({ low: expect.closeTo(plain.low, 11), high: expect.closeTo(plain.high, 11) });
  });

  it('can have the spread of few seeds made good', () => {
    const [a, b] = twoWayBootstrap(arms, share, everyResample());
    const interval = bootstrapInterval(a!, b!, { a: Math.sqrt(3 / 2), b: Math.sqrt(2) }, 0.05);
    expect(interval).toEqual({ low: expect.closeTo(stretched.low, 11), high: expect.closeTo(stretched.high, 11) });
  });

  it('come near the enumerated interval when drawn at random, equal for equal seeds', () => {
    const drawn = () => {
      const [a, b] = twoWayBootstrap(arms, share, randomResamples(4, [3, 2], new Random(7, 'bootstrap')));
      return bootstrapInterval(a!, b!, { a: 1, b: 1 }, 0.05)!;
    };
    const { low, high } = drawn();
    expect(Math.abs(low - plain.low)).toBeLessThan(0.05);
    expect(Math.abs(high - plain.high)).toBeLessThan(0.05);
    expect(drawn()).toEqual({ low, high });
  });

  it('draw rows for the metric as it is, not for a mean of rows', () => {
    // F1 of [true positives, false positives, false negatives] over rows of which one has all the weight.
    const f1 = eachRun((run, counts) => {
      const [tp, fp, fn] = sumsOf(run, counts) as [number, number, number];
      return (2 * tp) / (2 * tp + fp + fn || 1);
    });
    const run: RowValues = { width: 3, values: [5, 0, 1, 0, 2, 0] };
    const rows = [
      { rowCounts: [2, 0], runs: [[0]] },
      { rowCounts: [1, 1], runs: [[0]] },
      { rowCounts: [0, 2], runs: [[0]] },
    ];
    const [draws] = twoWayBootstrap([[run]], f1, rows);
    expect([...draws!.all]).toEqual([20 / 22, 10 / 13, 0]);
    expect([...draws!.deviation]).toEqual([0, 0, 0]);
  });

  it('keep to seeds where rows leave nothing to chance', () => {
    // Every row of a run is alike: only seeds differ, as in Welch's interval.
    const scores = { a: [0.81, 0.83, 0.85, 0.82, 0.84], b: [0.79, 0.8, 0.78, 0.81, 0.8] };
    const arm = (values: readonly number[]) => values.map((value) => ({ width: 1, values: new Array(6).fill(value) }));
    const mean = eachRun((run, counts) => sumsOf(run, counts)[0]! / 6);
    const resamples = randomResamples(6, [5, 5], new Random(2));
    const [a, b] = twoWayBootstrap([arm(scores.a), arm(scores.b)], mean, resamples);
    const stretch = (Math.sqrt(5 / 4) * 2.306) / 1.96;
    const interval = bootstrapInterval(a!, b!, { a: stretch, b: stretch }, 0.05)!;
    const welch = welchDifference(scores.a, scores.b).interval;
    expect(Math.abs(interval.low - welch.low)).toBeLessThan(0.003);
    expect(Math.abs(interval.high - welch.high)).toBeLessThan(0.003);
  });

  it('hold no difference between arms that are the same, nineteen times of twenty', () => {
    const random = new Random(9, 'same arms');
    const missed = Array.from({ length: 100 }, () => {
      const difficulty = Array.from({ length: 40 }, () => random.nextFloat());
      const arm = () =>
        Array.from({ length: 4 }, () => {
          const skill = 0.8 + 0.02 * random.nextNormal();
          return outcomes(difficulty.map((hard) => (0.8 * hard + 0.2 * random.nextFloat() < skill ? 1 : 0)));
        });
      const same = [arm(), arm()];
      const [a, b] = twoWayBootstrap(same, share, randomResamples(40, [4, 4], random, 500));
      // Of six degrees of freedom.
      const stretch = Math.sqrt(4 / 3) * tStretch(6);
      const { low, high } = bootstrapInterval(a!, b!, { a: stretch, b: stretch }, 0.05)!;
      return low > 0 || high < 0;
    });
    expect(missed.filter(Boolean).length).toBeLessThanOrEqual(8);
  });

  /** Draws of an arm whose runs never differ. */
  const steady = (all: readonly number[]) => ({ all: Float64Array.from(all), deviation: new Float64Array(all.length) });
  const normal = (): number[] => {
    const random = new Random(4, 'draws');
    return Array.from({ length: 10_000 }, () => random.nextNormal());
  };
  const never = steady(new Array(10_000).fill(0));

  it('reach further the more comparisons share an error: by their percentiles, and beyond those as a normal distribution', () => {
    for (const [comparisons, z] of [
      [1, 1.96],
      [15, 2.935],
      [45, 3.261],
      [1000, 4.056],
    ] as const) {
      const { low, high } = bootstrapInterval(steady(normal()), never, { a: 1, b: 1 }, 0.05 / comparisons)!;
      expect(Math.abs(low + z)).toBeLessThan(0.15);
      expect(Math.abs(high - z)).toBeLessThan(0.15);
    }
  });

  it('leave out resamples on which the metric has no value, and say nothing where those are many', () => {
    const without = (share: number) =>
      bootstrapInterval(
        steady(normal().map((value, i) => (i < share * 10_000 ? Number.NaN : value))),
        never,
        { a: 1, b: 1 },
        0.05,
      );
    const all = without(0)!;
    const some = without(0.04)!;
    expect(Math.abs(some.low - all.low)).toBeLessThan(0.05);
    expect(Math.abs(some.high - all.high)).toBeLessThan(0.05);
    expect(without(0.06)).toBeUndefined();
  });

  it('must be the same rows in every run', () => {
    expect(() => twoWayBootstrap([[outcomes([1, 0])], [outcomes([1, 0, 1])]], share, [])).toThrow(
      'bootstrap: all runs must judge the same rows, got runs of 2 and 3 rows',
    );
  });
});

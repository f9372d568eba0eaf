import { describe, expect, it } from 'vitest';
import { almostStochasticOrder } from '../../../extension/experiments/statistics/almostStochasticOrder.ts';
import { permutationTest } from '../../../extension/experiments/statistics/permutationTest.ts';
import { probabilityHigher } from '../../../extension/experiments/statistics/probabilityHigher.ts';
import { leastP } from '../../../extension/experiments/statistics/splits.ts';
import { shiftedMean, spreadOf, varianceOf } from '../../../extension/experiments/statistics/spread.ts';
import { welchDifference } from '../../../extension/experiments/statistics/welch.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { golden, scoresOf } from './golden.ts';

const pairs = golden.pairs.map((pair) => [`${pair.a} and ${pair.b}`, pair] as const);

describe('the spread of scores', () => {
  it.each(Object.entries(golden.spread))('is that of SciPy for %s', (name, expected) => {
    const { n, mean, sd, interval } = spreadOf(scoresOf(name));
    expect(n).toBe(expected.n);
    expect(mean).toBeCloseTo(expected.mean, 12);
    expect(sd).toBeCloseTo(expected.sd, 12);
    expect(interval!.low).toBeCloseTo(expected.low, 11);
    expect(interval!.high).toBeCloseTo(expected.high, 11);
  });

  it('has no width that one score could tell', () => {
    expect(spreadOf([0.8])).toEqual({ n: 1, mean: 0.8, sd: undefined, interval: undefined });
  });

  it('ends where scores end, unless scores are on another scale', () => {
    const share = { low: 0, high: 1 };
    const { low, high } = spreadOf([0.95, 0.2]).interval!;
    expect([low < 0, high > 1]).toEqual([true, true]);
    expect(spreadOf([0.95, 0.2], share).interval).toEqual(share);
    expect(spreadOf([0.5, 0.52, 0.51], share)).toEqual(spreadOf([0.5, 0.52, 0.51]));
    expect(spreadOf([95, 94], share)).toEqual(spreadOf([95, 94]));
  });

  it('needs scores', () => {
    expect(() => shiftedMean([])).toThrow('mean: needs at least one value, got none');
    expect(() => varianceOf([1])).toThrow('variance: needs at least two values, got 1');
  });
});

describe('the difference of two means', () => {
  it.each(pairs)('is that of SciPy for %s', (_, { a, b, welch: expected }) => {
    const found = welchDifference(scoresOf(a), scoresOf(b));
    expect(found.difference).toBeCloseTo(expected.difference, 12);
    expect(found.df).toBeCloseTo(expected.df, 9);
    expect(found.interval.low).toBeCloseTo(expected.low, 11);
    expect(found.interval.high).toBeCloseTo(expected.high, 11);
    expect(found.p / expected.p).toBeCloseTo(1, 9);
  });

  it('is exact where seeds change nothing', () => {
    const found = welchDifference([0.5, 0.5, 0.5], [0.25, 0.25]);
    expect(found).toMatchObject({ difference: 0.25, df: 3, interval: { low: 0.25, high: 0.25 }, p: 0 });
    expect(welchDifference([0.5, 0.5], [0.5, 0.5]).p).toBe(1);
  });
});

describe('the permutation test', () => {
  it.each(pairs)('looks at every split of %s', (_, { a, b, permutation: { p, splits } }) => {
    const found = permutationTest(scoresOf(a), scoresOf(b), new Random(0));
    expect(found).toEqual({ p: expect.closeTo(p, 12), splits, exact: true });
  });

  it('draws splits where there are too many, near the exact p and never 0', () => {
    const near = (shift: number): number[] => Array.from({ length: 12 }, (_, i) => Math.sin(i) + shift);
    const [a, b] = [near(0.6), near(0)];
    const found = permutationTest(a, b, new Random(1));
    expect(found).toMatchObject({ splits: 20_000, exact: false });
    // Student's p of the same scores is 0.049.
    expect(Math.abs(found.p - welchDifference(a, b).p)).toBeLessThan(0.01);
    expect(permutationTest(near(100), b, new Random(1)).p).toBe(1 / 20_001);
    expect(permutationTest(a, b, new Random(1))).toEqual(found);
  });

  it('cannot go below one split and its mirror image', () => {
    expect([leastP(3, 3), leastP(4, 4), leastP(5, 5), leastP(3, 5)]).toEqual([2 / 20, 2 / 70, 2 / 252, 1 / 56]);
  });

  it.each([
    [10, 10],
    [8, 12],
    [12, 8],
    [4, 11],
    [11, 11],
    [26, 26],
  ])('reaches the least p of %d seeds against %d where arms are far apart', (n, m) => {
    const scores = (count: number, from: number): number[] => Array.from({ length: count }, (_, i) => from + i / 100);
    expect(permutationTest(scores(n, 0.5), scores(m, 0.9), new Random(2)).p).toBe(leastP(n, m));
  });

  it('looks at every split of ten seeds and ten', () => {
    // Of whole numbers the splits of each sum can be counted one number after the other.
    const a = [52, 61, 47, 70, 58, 66, 49, 73, 64, 55];
    const b = [44, 51, 60, 39, 57, 48, 42, 63, 50, 46];
    const pool = [...a, ...b];
    const ways = Array.from({ length: 11 }, () => new Map<number, number>());
    ways[0]!.set(0, 1);
    for (const score of pool)
      for (let size = 9; size >= 0; size--)
        for (const [sum, count] of ways[size]!)
          ways[size + 1]!.set(sum + score, (ways[size + 1]!.get(sum + score) ?? 0) + count);
    const total = pool.reduce((sum, score) => sum + score);
    const gap = (sum: number): number => Math.abs(2 * sum - total);
    const seen = gap(a.reduce((sum, score) => sum + score));
    const hits = [...ways[10]!].reduce((sum, [of, count]) => (gap(of) >= seen ? sum + count : sum), 0);
    const found = permutationTest(a, b, new Random(2));
    expect(found).toEqual({ p: expect.closeTo(hits / 184_756, 12), splits: 184_756, exact: true });
    expect(found.p).toBeLessThan(0.05);
  });
});

describe('the chance of the higher score', () => {
  it.each(pairs)('is U over the number of pairs for %s', (_, { a, b, better }) => {
    expect(probabilityHigher(scoresOf(a), scoresOf(b))).toBeCloseTo(better, 12);
  });
});

describe('almost stochastic order', () => {
  it.each(pairs)('weighs the quantiles at which %s are the other way round', (_, { a, b, violation }) => {
    const found = almostStochasticOrder(scoresOf(a), scoresOf(b), new Random(3));
    expect(found.violation).toBeCloseTo(violation, 11);
    expect(found.upperBound).toBeGreaterThanOrEqual(found.violation);
  });

  it('is settled only where the arms hardly overlap, as deepsig has it', () => {
    const bound = (a: string, b: string): number =>
      almostStochasticOrder(scoresOf(a), scoresOf(b), new Random(3)).upperBound;
    expect([bound('gains', 'biases'), bound('union', 'gains'), bound('gains', 'union')]).toEqual([0, 1, 1]);
  });

  it('is undecided between equal scores', () => {
    expect(almostStochasticOrder([1, 1], [1, 1], new Random(0))).toEqual({ violation: 0.5, upperBound: 0.5 });
  });
});

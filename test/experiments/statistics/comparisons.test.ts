import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedMaximum } from '../../../extension/experiments/statistics/expectedMaximum.ts';
import { holm } from '../../../extension/experiments/statistics/holm.ts';
import { mcNemar } from '../../../extension/experiments/statistics/mcNemar.ts';
import { permutationTest } from '../../../extension/experiments/statistics/permutationTest.ts';
import { detectableShift, powerOf, seedsToDetect } from '../../../extension/experiments/statistics/power.ts';
import { rowFlips } from '../../../extension/experiments/statistics/rowFlips.ts';
import { levelBelow } from '../../../extension/experiments/statistics/splits.ts';
import { spreadOf } from '../../../extension/experiments/statistics/spread.ts';
import { welchDifference } from '../../../extension/experiments/statistics/welch.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { golden } from './golden.ts';

describe("Holm's adjustment", () => {
  it.each(golden.holm.map((one) => [one.p, one] as const))('is that of statsmodels for %j', (_, { p, adjusted }) => {
    holm(p).forEach((value, i) => {
      expect(value).toBeCloseTo(adjusted[i]!, 11);
    });
  });

  it('keeps six arms that are the same from being told apart, in nineteen sweeps of twenty', () => {
    const random = new Random(6, 'same arms');
    const sweeps = Array.from({ length: 200 }, () => {
      const arms = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => random.nextNormal()));
      const pairs = arms.flatMap((a, i) => arms.slice(i + 1).map((b) => [a, b] as const));
      return pairs.map(([a, b]) => permutationTest(a, b, random).p);
    });
    const shown = (adjust: (p: readonly number[]) => readonly number[]): number =>
      sweeps.filter((p) => adjust(p).some((one) => one < 0.05)).length;
    expect(shown(holm)).toBeLessThanOrEqual(10);
    // Without it, one pair of the fifteen would often be found.
    expect(shown((p) => p)).toBeGreaterThan(40);
  });

  it('never lowers a p value, keeps their order and stays within 0 … 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (p) => {
        const adjusted = holm(p);
        p.forEach((one, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(one);
          expect(adjusted[i]).toBeLessThanOrEqual(1);
          p.forEach((other, j) => {
            if (one < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
    );
  });
});

describe('the permutation test', () => {
  const a = [0.289322455, 0.300071245, 0.281540674, 0.287421445];
  const b = [0.14894887, 0.153521339, 0.224791314, 0.175669009];
  const testOf = (times: number) => {
    const scaled = (scores: readonly number[]): number[] => scores.map((score) => score * times);
    return permutationTest(scaled(a), scaled(b), new Random(1));
  };

  it('gives the same p for scores a million times as large', () => {
    expect(testOf(1)).toEqual({ p: 2 / 70, splits: 70, exact: true });
    expect(testOf(1e6)).toEqual(testOf(1));
  });

  it('gives the same p for scores as small as the errors of a model that fits', () => {
    expect(testOf(1e-12)).toEqual(testOf(1));
  });
});

describe('scores without spread', () => {
  it.each([0.1, 0.7, 1 / 3, 1e9 / 7])('differ by nothing at all: %d', (score) => {
    for (let n = 2; n <= 12; n++) {
      const [few, more] = [new Array<number>(n).fill(score), new Array<number>(n + 1).fill(score)];
      expect(spreadOf(few)).toMatchObject({ mean: score, sd: 0 });
      expect(welchDifference(few, more)).toMatchObject({ difference: 0, standardError: 0, p: 1 });
    }
  });
});

describe('the rows that two runs judge differently', () => {
  it.each(golden.mcnemar)('have the p of statsmodels: %j', ({ first, second, p }) => {
    expect(mcNemar(first, second) / p).toBeCloseTo(1, 9);
    expect(mcNemar(second, first)).toBe(mcNemar(first, second));
  });

  it('are named, each with who has it right', () => {
    const flips = rowFlips([true, true, false, false, true], [true, false, true, false, false]);
    expect(flips).toEqual({ onlyFirst: [1, 4], onlySecond: [2], bothRight: 1, bothWrong: 1, p: 1 });
  });

  it('must be the same rows', () => {
    expect(() => rowFlips([true], [true, false])).toThrow('row flips: both must judge the same rows, got 1 and 2');
  });
});

describe('the best of n trials', () => {
  it('is expected where the distribution of all trials lets it', () => {
    expectedMaximum(golden.trials).forEach((value, i) => {
      expect(value).toBeCloseTo(golden.expectedMaximum[i]!, 12);
    });
  });
});

describe('power', () => {
  it.each(golden.power)('is that of the noncentral t: %j', ({ shift, df, level, power }) => {
    expect(powerOf(shift, df, level)).toBeCloseTo(power, 9);
    expect(powerOf(-shift, df, level)).toBeCloseTo(power, 9);
  });

  it.each(golden.detectable)('is 0.8 at the least difference that counts as detectable: %j', ({ df, level, shift }) => {
    expect(detectableShift(df, level)).toBeCloseTo(shift, 8);
  });

  it.each(golden.seeds)('takes as many seeds as the effect is small: %j', ({ d, level, n }) => {
    expect(seedsToDetect(d, () => level)).toBe(n);
  });

  it('has an end: no number of seeds finds nothing', () => {
    expect(seedsToDetect(0, () => 0.05)).toBeUndefined();
    expect(seedsToDetect(9, () => 0)).toBeUndefined();
  });

  it('is that of the permutation test, whose p comes in steps', () => {
    expect(levelBelow(4, 4, 0.05)).toBeCloseTo(2 / 70, 12);
    expect(levelBelow(5, 5, 0.05)).toBeCloseTo(12 / 252, 12);
    expect(levelBelow(4, 6, 0.05)).toBeCloseTo(10 / 210, 12);
    expect(levelBelow(3, 3, 0.05)).toBe(0);
    // A p of 0.05 itself is not below it.
    expect(levelBelow(3, 3, 0.1)).toBe(0);
    expect(levelBelow(26, 26, 0.05)).toBeCloseTo(0.05, 4);
  });

  it.each([
    [4, 1],
    [5, 6],
    [6, 15],
  ])(
    'lets %d seeds among %d comparisons find two times in three or oftener what is told to be missed one time in five',
    (seeds, comparisons) => {
      const random = new Random(7, 'power');
      const level = 0.05 / comparisons;
      const shift = detectableShift(2 * seeds - 2, levelBelow(seeds, seeds, level)) * Math.sqrt(2 / seeds);
      const found = Array.from({ length: 1500 }, () => {
        const [a, b] = [shift, 0].map((mean) => Array.from({ length: seeds }, () => mean + random.nextNormal()));
        return permutationTest(a!, b!, random).p < level;
      }).filter(Boolean).length;
      expect(found / 1500).toBeGreaterThan(0.65);
      expect(found / 1500).toBeLessThan(0.88);
      expect(seedsToDetect(shift, (n) => levelBelow(n, n, level))).toBe(seeds);
    },
  );
});

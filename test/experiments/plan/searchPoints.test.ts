import { describe, expect, it } from 'vitest';
import type { Search, TunedAxis, Tuning } from '../../../extension/experiments/file/sweep.ts';
import { crossed, pointCount, pointsOf } from '../../../extension/experiments/plan/searchPoints.ts';

const rate: TunedAxis = {
  key: 'training.learning_rate',
  values: { from: 1e-4, to: 1e-1, scale: 'log', count: 7 },
};
const batch: TunedAxis = { key: 'training.batch_size', values: { from: 8, to: 64, scale: 'log', count: 4 } };
const random = (runs: number, seed = 0): Search => ({ kind: 'random', runs, seed });
const tuning = (axes: readonly TunedAxis[], search: Search): Tuning => ({
  axes,
  search,
  seeds: [1],
  metric: undefined,
});

/** What a grid takes of one key. */
const gridValues = (key: string, values: TunedAxis['values']) =>
  pointsOf(tuning([{ key, values }], { kind: 'grid' }), 'ia3').map(([point]) => point!.value);

describe('a grid', () => {
  it('takes values at equal ratios, of three digits, both ends included', () => {
    expect(gridValues(rate.key, rate.values)).toEqual([1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1]);
  });

  it('takes whole numbers where the key does', () => {
    expect(gridValues(batch.key, batch.values)).toEqual([8, 16, 32, 64]);
    expect(gridValues('training.epochs', { from: 1, to: 2, scale: 'linear', count: 3 })).toEqual([1, 1.5, 2]);
    // Eight values would be, of which some round to the same.
    expect(gridValues(batch.key, { from: 1, to: 4, scale: 'linear', count: 8 })).toEqual([1, 2, 3, 4]);
  });

  it('crosses its axes, the last one innermost', () => {
    const axes = [
      { key: 'a', values: [1, 2] },
      { key: 'b', values: ['x', 'y', 'z'] },
    ];
    const text = crossed(axes).map((point) => point.map(({ value }) => value).join(''));
    expect(text).toEqual(['1x', '1y', '1z', '2x', '2y', '2z']);
    expect(crossed([])).toEqual([[]]);
  });
});

describe('random search', () => {
  it('draws the same for the same seed and arm, and keeps what it drew when more is asked for', () => {
    const few = pointsOf(tuning([rate, batch], random(5)), 'ln-tuning');
    const many = pointsOf(tuning([rate, batch], random(20)), 'ln-tuning');
    expect(many.slice(0, 5)).toEqual(few);
    expect(pointsOf(tuning([rate, batch], random(5)), 'bitfit')).not.toEqual(few);
    expect(pointsOf(tuning([rate, batch], random(5, 1)), 'ln-tuning')).not.toEqual(few);
  });

  it('draws once and for all: a plan of today is the plan of next year', () => {
    expect(pointsOf(tuning([rate, batch], random(3)), 'ln-tuning')).toMatchInlineSnapshot(`
      [
        [
          {
            "key": "training.learning_rate",
            "value": 0.000207,
          },
          {
            "key": "training.batch_size",
            "value": 12,
          },
        ],
        [
          {
            "key": "training.learning_rate",
            "value": 0.0149,
          },
          {
            "key": "training.batch_size",
            "value": 43,
          },
        ],
        [
          {
            "key": "training.learning_rate",
            "value": 0.000238,
          },
          {
            "key": "training.batch_size",
            "value": 38,
          },
        ],
      ]
    `);
  });

  it('spreads over the ratios of a range and keeps inside it', () => {
    const rates = pointsOf(tuning([rate], random(300)), 'ia3').map(([point]) => Number(point!.value));
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1e-1);
    // A third of the ratios lies in each decade.
    for (const low of [1e-4, 1e-3, 1e-2]) {
      const share = rates.filter((one) => one >= low && one < 10 * low).length / 300;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.08);
    }
  });

  it('draws no combination twice, and all of them where there are fewer than asked for', () => {
    const axes = [
      { key: 'training.dropout', values: [0, 0.1] },
      { key: 'training.batch_size', values: { from: 8, to: 10, scale: 'linear' as const, count: undefined } },
    ];
    const drawn = tuning(axes, random(50));
    const points = pointsOf(drawn, 'ia3').map((point) => JSON.stringify(point));
    expect(new Set(points).size).toBe(6);
    expect(points).toHaveLength(6);
    expect(pointCount(drawn)).toBe(6);
  });

  it.each([
    ['three digits', 0.1, 0.12, 'linear', 21],
    ['three digits', 100, 101, 'linear', 2],
    ['three digits, and ends of more', 0.1004, 0.1026, 'log', 4],
    ['three digits below zero', -0.12, -0.1, 'linear', 21],
  ] as const)(
    'comes to an end over a range with fewer values of %s than runs: %d to %d',
    (_, from, to, scale, count) => {
      const values = { from, to, scale, count: undefined };
      const drawn = tuning([{ ...rate, values }], random(1000));
      const found = pointsOf(drawn, 'ia3').map(([point]) => Number(point!.value));
      expect(found).toHaveLength(count);
      expect(pointCount(drawn)).toBe(count);
      expect(new Set(found).size).toBe(count);
      expect([Math.min(...found), Math.max(...found)]).toEqual([from, to]);
      // Fewer runs are the beginning of more.
      expect(pointsOf(tuning([{ ...rate, values }], random(2)), 'ia3')).toEqual(pointsOf(drawn, 'ia3').slice(0, 2));
    },
  );

  it('has as many runs as asked for over a range from zero', () => {
    const drawn = tuning(
      [{ key: 'training.dropout', values: { ...rate.values, from: 0, scale: 'linear' } }],
      random(1000),
    );
    expect([pointsOf(drawn, 'ia3').length, pointCount(drawn)]).toEqual([1000, 1000]);
  });

  it.each([
    ['methods[0].lora.rank', 'linear'],
    ['methods[0].lora.rank', 'log'],
    ['training.batch_size', 'log'],
  ] as const)('draws whole numbers for whole options of methods and keys alike: %s, %s', (key, scale) => {
    const drawn = tuning([{ key, values: { from: 1.2, to: 8.8, scale, count: undefined } }], random(50));
    const found = pointsOf(drawn, 'lora').map(([point]) => Number(point!.value));
    expect(found.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(gridValues(key, { from: 1.2, to: 3.8, scale, count: 3 })).toEqual([2, 3]);
  });

  it('is counted before it is drawn', () => {
    for (const search of [{ kind: 'grid' } as const, random(12)]) {
      const asked = tuning([rate, batch], search);
      expect(pointsOf(asked, 'ia3')).toHaveLength(pointCount(asked));
    }
    const halved = tuning([rate], { kind: 'halving', eta: 3, first: { amount: 1, unit: 'epochs' }, runs: 9, seed: 0 });
    expect([pointCount(halved), pointsOf(halved, 'ia3').length]).toEqual([9, 9]);
    expect(pointCount({ ...halved, search: { ...halved.search, runs: undefined } as Search })).toBe(7);
  });
});

import { describe, expect, it } from 'vitest';
import { epochBatches, sortedBatches } from '../../../extension/data/batches/batches.ts';
import { Random } from '../../../extension/numbers/random.ts';

const random = new Random(1, 'lengths');
const lengths = Array.from({ length: 5003 }, () => 2 + random.nextInt(60));
const rows = [...lengths.keys()];
const lengthOf = (row: number) => lengths[row]!;
const byNumber = (a: number, b: number) => a - b;
const batches = (seed: number, epoch: number, lengthWindow = 50) =>
  epochBatches(rows, lengthOf, { batchSize: 16, seed, lengthWindow, epoch });
const paddedShare = (all: number[][]) =>
  all.reduce((sum, batch) => sum + batch.length * Math.max(...batch.map(lengthOf)), 0) /
  lengths.reduce((sum, length) => sum + length, 0);

describe('epochBatches', () => {
  it('holds every row once, in full batches but one', () => {
    const all = batches(1, 0);
    expect(all.flat().sort(byNumber)).toEqual(rows);
    expect(all).toHaveLength(Math.ceil(rows.length / 16));
    expect(all.filter(({ length }) => length !== 16).map(({ length }) => length)).toEqual([5003 % 16]);
  });

  it('follows from seed and epoch alone, and differs between them', () => {
    expect(batches(1, 3)).toEqual(batches(1, 3));
    expect(batches(1, 3)).not.toEqual(batches(1, 4));
    expect(batches(1, 3)).not.toEqual(batches(2, 3));
  });

  it('pads little, where batches by chance would pad a lot', () => {
    expect(paddedShare(batches(1, 0))).toBeLessThan(1.05);
    expect(paddedShare(batches(1, 0, 1))).toBeGreaterThan(1.5);
    const shares = [1, 2, 4, 16, 50].map((window) => paddedShare(batches(1, 0, window)));
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  it('leaves the mean length of a batch to chance where the window is one batch', () => {
    const spread = (window: number) => {
      const means = batches(1, 0, window).map(
        (batch) => batch.reduce((sum, row) => sum + lengthOf(row), 0) / batch.length,
      );
      return Math.max(...means) - Math.min(...means);
    };
    expect(spread(1)).toBeLessThan(35);
    expect(spread(50)).toBeGreaterThan(55);
  });

  it('mixes rows anew: short batches come at any time, and neighbours change', () => {
    const means = batches(1, 0).map((batch) => batch.reduce((sum, row) => sum + lengthOf(row), 0) / batch.length);
    const half = Math.floor(means.length / 2);
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    expect(Math.abs(mean(means.slice(0, half)) - mean(means.slice(half)))).toBeLessThan(8);
    const companions = (epoch: number) => new Set(batches(1, epoch).find((batch) => batch.includes(0)));
    expect([...companions(0)].filter((row) => companions(1).has(row)).length).toBeLessThan(8);
  });

  it('works with fewer rows than a batch', () => {
    expect(
      epochBatches([4, 2], lengthOf, { batchSize: 8, seed: 1, lengthWindow: 4, epoch: 0 }).flat().sort(byNumber),
    ).toEqual([2, 4]);
  });
});

describe('sortedBatches', () => {
  it('begins with the longest and keeps the order of equals', () => {
    expect(sortedBatches([0, 1, 2, 3, 4], (row) => [3, 5, 3, 1, 5][row]!, 2)).toEqual([[1, 4], [0, 2], [3]]);
    expect(paddedShare(sortedBatches(rows, lengthOf, 16))).toBeLessThan(1.01);
  });
});

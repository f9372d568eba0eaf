import { expect, it } from 'vitest';
import { unitOf, writtenUnit } from '../../extension/numbers/numberUnit.ts';

it('finds mean and deviation, without squares that are infinite or 0', () => {
  expect(unitOf([2, 4], true)).toEqual({ mean: 3, deviation: 1 });
  for (const size of [1e200, 1e-200]) {
    const { mean, deviation } = unitOf([2 * size, 4 * size], true);
    expect(mean / size).toBeCloseTo(3);
    expect(deviation / size).toBeCloseTo(1);
  }
});

it('leaves 0 where it is for what has no bias', () => {
  expect(unitOf([3, -4, 5], false)).toEqual({ mean: 0, deviation: expect.closeTo(Math.sqrt(50 / 3), 12) });
});

it('keeps the size of equal numbers', () => {
  expect(unitOf([7, 7], true)).toEqual({ mean: 7, deviation: 1 });
  expect(unitOf([0, 0], false)).toEqual(writtenUnit);
});

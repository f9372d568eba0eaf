import { describe, expect, it } from 'vitest';
import { Permutation } from '../../extension/numbers/permutation.ts';
import { Random } from '../../extension/numbers/random.ts';

const order = (size: number, seed: number): number[] => {
  const permutation = new Permutation(size, new Random(seed, 'order', 0));
  return Array.from({ length: size }, (_, place) => permutation.at(place));
};

describe('Permutation', () => {
  it.each([1, 2, 3, 5, 64, 1000, 4097])('names each of %d elements once', (size) => {
    expect(order(size, 7).sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
  });

  it('is decided by the seed, and another seed gives another order', () => {
    expect(order(1000, 1)).toEqual(order(1000, 1));
    const same = order(1000, 1).filter((element, place) => element === order(1000, 2)[place]).length;
    expect(same).toBeLessThan(20);
  });

  it('spreads every element evenly over the places', () => {
    const sums = new Float64Array(8);
    for (let seed = 0; seed < 400; seed++) {
      for (const [place, element] of order(8, seed).entries()) sums[element]! += place;
    }
    // Mean 3.5 and deviation 2.3/√400 of each.
    for (const sum of sums) expect(Math.abs(sum / 400 - 3.5)).toBeLessThan(0.6);
  });

  it('goes through billions of elements without holding them', () => {
    const permutation = new Permutation(3e12, new Random(1));
    const found = new Set(Array.from({ length: 1000 }, (_, place) => permutation.at(place)));
    expect(found.size).toBe(1000);
    expect(Math.max(...found)).toBeLessThan(3e12);
    expect(Math.max(...found)).toBeGreaterThan(2.5e12);
  });

  it('refuses sizes that are none', () => {
    expect(() => new Permutation(0, new Random(1))).toThrow('must have 1 … 2^48 elements, got 0');
  });
});

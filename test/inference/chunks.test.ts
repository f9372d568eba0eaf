import { describe, expect, it } from 'vitest';
import { inBatches } from '../../extension/inference/chunks.ts';

describe('a chunk', () => {
  it.each([
    [{ rows: 2, tokens: Number.POSITIVE_INFINITY }, [[9, 8], [4, 3], [2]]],
    [{ rows: 4, tokens: 18 }, [[9, 8], [4, 3], [2]]],
    [{ rows: 4, tokens: 5 }, [[9], [8], [4], [3], [2]]],
    [{ rows: 32, tokens: 1000 }, [[9, 8, 4, 3, 2]]],
  ])('is computed %j at once, the longest first, with its results in order', async (atOnce, expected) => {
    const seen: (readonly number[])[] = [];
    const compute = async (batch: readonly number[]) => {
      seen.push(batch);
      return batch.map((length) => `of ${length}`);
    };
    const found = await inBatches([4, 9, 2, 8, 3], (length) => length, compute, atOnce);
    expect(found).toEqual(['of 4', 'of 9', 'of 2', 'of 8', 'of 3']);
    expect(seen).toEqual(expected);
  });
});

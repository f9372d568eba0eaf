import { distanceRows, embedding, reshape, transpose } from '../graph/ops.ts';
import type { Part } from './part.ts';

/** Distances up to here have buckets of their own, beyond wider ones; those further than `farthest` share the last. */
const farthest = 128;

/**
 * The bucket of each distance from −128 to 128, key behind query: half of them for either side, of these the first half
 * for one distance each, the others growing with its logarithm. Rounded as PyTorch rounds.
 * @see Raffel et al., "Exploring the Limits of Transfer Learning", arXiv 1910.10683, section 2.1
 */
function distanceBuckets(buckets: number): readonly number[] {
  const half = buckets / 2;
  const exact = half / 2;
  const range = Math.fround(Math.log(farthest / exact));
  return Array.from({ length: 2 * farthest + 1 }, (_, i) => {
    const distance = Math.abs(i - farthest);
    const share = Math.fround(Math.fround(Math.log(distance / exact)) / range);
    const wide = Math.min(exact + Math.floor(Math.fround(share * (half - exact))), half - 1);
    return (i > farthest ? half : 0) + (distance < exact ? distance : wide);
  });
}

/**
 * What each head adds to the score of a query and a key by how far they stand from each other, with one table for all
 * blocks: like[B,S,…] → f32[1,H,S,S]; weight[buckets,H].
 */
export const positionBias = (buckets: number, heads: number): Part => ({
  tensors: [{ name: 'weight', shape: [buckets, heads], role: 'table' }],
  forward: (tensor, like) => {
    const values = embedding(tensor('weight'), distanceRows(like, distanceBuckets(buckets))); // [S,S,H]
    const [queries, keys] = values.shape;
    return reshape(transpose(values, [2, 0, 1]), [1, heads, queries!, keys!]);
  },
});

import { describe, expect, it } from 'vitest';
import { type Node, topological } from '../../extension/graph/node.ts';
import { input, parameter } from '../../extension/graph/ops.ts';
import { placeRows, type RelativePositions } from '../../extension/nn/relativePositions.ts';

/** The row of each distance, query behind key. */
function rowsOf(positions: RelativePositions): readonly number[] {
  const table = parameter('table', [2 * positions.span, 3], false);
  const { ofFirst } = placeRows(input('attention_mask', 'i64', ['B', 'S']), positions);
  const isRows = (node: Node): node is Node<'distanceRows'> => node.op === 'distanceRows';
  return topological([ofFirst(table)])
    .find(isRows)!
    .attributes.rows.toReversed();
}

/** Distances that are told apart one by one. */
const exact = (last: number): readonly number[] => Array.from({ length: last + 1 }, (_, distance) => distance);

describe('the row of a distance', () => {
  it.each<[RelativePositions, readonly number[]]>([
    // The first distance of each bucket, by transformers.models.deberta_v2.
    [{ span: 5, buckets: 0, farthest: 5 }, [0, 1, 2, 3, 4, 5]],
    [{ span: 4, buckets: 4, farthest: 12 }, [0, 1, 2, 3, 12]],
    [
      { span: 32, buckets: 32, farthest: 200 },
      [...exact(16), 17, 19, 23, 27, 32, 38, 44, 52, 62, 73, 86, 102, 121, 143, 169, 200],
    ],
    [
      { span: 256, buckets: 256, farthest: 512 },
      [
        ...exact(128),
        ...[129, 130, 131, 133, 134, 136, 137, 139, 140, 142, 143, 145, 146, 148, 150, 151, 153, 155, 156, 158, 160],
        ...[161, 163, 165, 167, 169, 170, 172, 174, 176, 178, 180, 182, 184, 186, 188, 190, 192, 194, 196, 198, 201],
        ...[203, 205, 207, 210, 212, 214, 216, 219, 221, 224, 226, 229, 231, 234, 236, 239, 241, 244, 247, 249, 252],
        ...[255, 258, 260, 263, 266, 269, 272, 275, 278, 281, 284, 287, 290, 294, 297, 300, 303, 307, 310, 313, 317],
        ...[320, 324, 327, 331, 335, 338, 342, 346, 349, 353, 357, 361, 365, 369, 373, 377, 381, 385, 390, 394, 398],
        ...[403, 407, 411, 416, 420, 425, 430, 434, 439, 444, 449, 454, 459, 464, 469, 474, 479, 484, 490, 495, 500],
        ...[506, 512],
      ],
    ],
  ])('is the bucket that transformers finds: %j', (positions, firsts) => {
    const rows = rowsOf(positions);
    const { span, farthest } = positions;
    expect(rows.length).toBe(2 * farthest + 1);
    for (let distance = 0; distance <= farthest; distance++) {
      const bucket = firsts.findLastIndex((first) => first <= distance);
      expect(rows[farthest + distance], `key ${distance} before`).toBe(Math.min(span + bucket, 2 * span - 1));
      expect(rows[farthest - distance], `key ${distance} behind`).toBe(span - bucket);
    }
  });
});

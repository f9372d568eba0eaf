import { expect, it } from 'vitest';
import { type Node, topological } from '../../extension/graph/node.ts';
import { input, parameter } from '../../extension/graph/ops.ts';
import { positionBias } from '../../extension/nn/positionBias.ts';

it('finds the buckets that transformers finds, which grow with the logarithm of the distance', () => {
  const part = positionBias(32, 3);
  const bias = part.forward((name) => parameter(name, [32, 3], false), input('attention_mask', 'i64', ['B', 'S']));
  const isRows = (node: Node): node is Node<'distanceRows'> => node.op === 'distanceRows';
  const { rows } = topological([bias]).find(isRows)!.attributes;
  // The first distance of each bucket, by transformers.models.mpnet.
  const firsts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];
  expect(rows.length).toBe(257);
  for (let distance = 0; distance <= 128; distance++) {
    const bucket = firsts.findLastIndex((first) => first <= distance);
    expect(rows[128 - distance], `key ${distance} before`).toBe(bucket);
    if (distance > 0) expect(rows[128 + distance], `key ${distance} behind`).toBe(16 + bucket);
  }
});

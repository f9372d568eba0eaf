import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as g from '../../extension/graph/ops.ts';
import type { Tensor } from '../../extension/graph/tensor.ts';
import type { Shape, Value } from '../../extension/graph/value.ts';

export type OpBuild = (...inputs: readonly Value[]) => Value;

/** An input of an op under test: its declared shape, symbols included, and its values. */
export interface OpInput {
  readonly shape: Shape;
  readonly sizes: readonly number[];
  readonly dtype: 'f32' | 'i64';
  readonly data: readonly number[];
}

export interface GoldenCase {
  readonly inputs: readonly OpInput[];
  readonly cotangent: readonly number[];
  readonly output: { readonly sizes: readonly number[]; readonly data: readonly number[] };
  /** null: the input has no gradient. */
  readonly gradients: readonly (readonly number[] | null)[];
}

/** What PyTorch computes for each case. */
export const goldenCases: Readonly<Record<string, GoldenCase>> = JSON.parse(
  readFileSync(new URL('../golden/ops/ops.json', import.meta.url), 'utf8'),
);

/** Relative to the largest value, as f32 arithmetic over a few terms allows. */
export function expectClose(found: Tensor['data'], expected: readonly number[], what: string): void {
  expect(found.length, what).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(Number(found[i]) - value)));
  expect(worst / scale, `${what}: largest difference ${worst}`).toBeLessThan(2e-6);
}

/** Times a last input, which has a gradient. */
function cached(heads: number, kvHeads: number): OpBuild {
  return (query, key, value, pastKey, pastValue, filled, x) => {
    const past = { key: pastKey!, value: pastValue!, filled: filled! };
    return g.multiply(g.cachedAttention(query!, { key: key!, value: value! }, past, { heads, kvHeads }), x!);
  };
}

/** How each case of test/golden/ops/ops.json is built from its inputs. */
export const opCases: readonly (readonly [name: string, build: OpBuild])[] = [
  ['add', (a, b) => g.add(a!, b!)],
  ['add, broadcast', (a, b) => g.add(a!, b!)],
  ['subtract, broadcast', (a, b) => g.subtract(a!, b!)],
  ['multiply', (a, b) => g.multiply(a!, b!)],
  ['multiply, broadcast', (a, b) => g.multiply(a!, b!)],
  ['multiply, itself', (a) => g.multiply(a!, a!)],
  ['divide', (a, b) => g.divide(a!, b!)],
  ['affine', (a) => g.affine(a!, 3, -2)],
  ['tanh', (a) => g.tanh(a!)],
  ['relu', (a) => g.relu(a!)],
  ['sigmoid', (a) => g.sigmoid(a!)],
  ['gelu, exact', (a) => g.gelu(a!)],
  ['gelu, tanh', (a) => g.gelu(a!, 'tanh')],
  ['linear', (x, weight, bias) => g.linear(x!, weight!, bias)],
  ['linear, no bias, two axes', (x, weight) => g.linear(x!, weight!)],
  ['matmul', (a, b) => g.matmul(a!, b!)],
  ['matmul, a transposed', (a, b) => g.matmul(a!, b!, true)],
  ['matmul, b transposed', (a, b) => g.matmul(a!, b!, false, true)],
  ['matmul, both transposed', (a, b) => g.matmul(a!, b!, true, true)],
  ['splitHeads', (a) => g.splitHeads(a!, 2)],
  ['mergeHeads', (a) => g.mergeHeads(a!)],
  ['softmax', (a) => g.softmax(a!)],
  ['attention', (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 2)],
  ['attention, soft mask', (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 2)],
  ['layerNorm', (x, gain, bias) => g.layerNorm(x!, gain!, bias!, 1e-5)],
  ['embedding', (table, ids) => g.embedding(table!, ids!)],
  ['slice, first', (a) => g.slice(a!, 1, 0, 1)],
  ['slice, rest', (a) => g.slice(a!, 1, 2)],
  ['slice, from the end', (a) => g.slice(a!, 1, 1, -2)],
  ['slice, fixed axis', (a) => g.slice(a!, 2, 1, 3)],
  ['concat', (a, b) => g.concat(a!, b!, 1)],
  ['concat, symbolic first', (a, b) => g.concat(a!, b!, 1)],
  ['reshape', (a) => g.reshape(a!, ['B', 'S', 2, 2])],
  ['reshape, one axis moved', (a) => g.reshape(a!, [3, 1, 'B', 4])],
  ['reshape, two axes moved', (a) => g.reshape(a!, [1, 3, 'B', 'S', 4])],
  ['transpose', (a) => g.transpose(a!, [2, 0, 3, 1])],
  ['expandLike', (a, like) => g.expandLike(a!, like!)],
  ['sumLike, leading', (a, like) => g.sumLike(a!, like!)],
  ['sumLike, leading and inner', (a, like) => g.sumLike(a!, like!)],
  ['sumLike, inner', (a, like) => g.sumLike(a!, like!)],
  ['sum', (a) => g.sum(a!, [0, 2])],
  ['sum, kept', (a) => g.sum(a!, [1], true)],
  ['crossEntropy', (logits, labels) => g.crossEntropy(logits!, labels!)],
  ['crossEntropy, smoothed', (logits, labels) => g.crossEntropy(logits!, labels!, 0.1)],
  ['crossEntropy, many classes', (logits, labels) => g.crossEntropy(logits!, labels!)],
  ['correctCount', (logits, labels, x) => g.multiply(g.correctCount(logits!, labels!), x!)],
  ['attention, causal', (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 2, undefined, { causal: true })],
  ['attention, causal after a past', (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 2, undefined, { causal: true })],
  ['attention, grouped', (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 4, undefined, { kvHeads: 2 })],
  [
    'attention, one key head, causal',
    (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 3, undefined, { kvHeads: 1, causal: true }),
  ],
  [
    'attention, mask by head and query',
    (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 4, undefined, { kvHeads: 2 }),
  ],
  [
    'attention, mask by query, causal',
    (q, k, v, mask) => g.attention(q!, k!, v!, mask!, 4, undefined, { kvHeads: 2, causal: true }),
  ],
  ['silu', (x) => g.silu(x!)],
  ['rmsNorm', (x, gain) => g.rmsNorm(x!, gain!, 1e-5)],
  ['rmsNorm, two axes', (x, gain) => g.rmsNorm(x!, gain!, 1e-6)],
  ['rotary', (x, positions, cosines, sines) => g.rotary(x!, positions!, cosines!, sines!, 2)],
  ['rotary, inverse', (x, positions, cosines, sines) => g.rotary(x!, positions!, cosines!, sines!, 2, true)],
  ['rotary, part of a head', (x, positions, cosines, sines) => g.rotary(x!, positions!, cosines!, sines!, 2)],
  ['pickRows', (x, rows) => g.pickRows(x!, rows!)],
  [
    'reshape, sums of symbols',
    (ids, a) => g.multiply(g.reshape(a!, ['B', 'M+S', 1, 4]), g.sum(g.toFloat(ids!), [0, 1])),
  ],
  ['slice, last', (a) => g.slice(a!, 1, -2)],
  ['slice, before the last', (a) => g.slice(a!, 1, -4, -1)],
  [
    'ids, moved',
    (ids, x) => {
      const joined = g.concat(g.concat(g.slice(ids!, 1, 1), g.slice(ids!, 1, 0, 1), 1), g.slice(ids!, 1, -2), 1); // [B,S+2]
      const turned = g.transpose(g.reshape(joined, ['B', 'S+2', 1]), [1, 0, 2]); // [S+2,B,1]
      return g.multiply(g.toFloat(g.expandLike(turned, x!)), x!);
    },
  ],
  ['headLoss', (x, weight, labels) => g.headLoss(x!, weight!, labels!, { chunks: 3 }).loss],
  [
    'headLoss, smoothed, more chunks than rows need',
    (x, weight, labels) => g.headLoss(x!, weight!, labels!, { chunks: 4, smoothing: 0.1 }).loss,
  ],
  [
    'headLoss, right labels counted',
    (rows, weight, labels, x) =>
      g.multiply(g.headLoss(rows!, weight!, labels!, { chunks: 4, leastRows: 3 }).correct, x!),
  ],
  ['cachedAttention, a token for each row', cached(4, 2)],
  ['cachedAttention, several tokens of one row', cached(2, 2)],
  ['cachedAttention, an empty cache', cached(3, 1)],
  ['cachedAttention, narrow heads, a token for each row', cached(4, 2)],
  ['cachedAttention, narrow heads, several tokens of one row', cached(2, 1)],
  ['distanceRows', (ids, table) => g.embedding(table!, g.distanceRows(ids!, [3, 0, 0, 1, 2]))],
  ['skew', (x) => g.skew(x!)],
  ['skew, one row', (x) => g.skew(x!)],
  ['matmul, one matrix for all rows', (a, b) => g.matmul(a!, b!, false, true)],
  ['matmul, a alone and transposed', (a, b) => g.matmul(a!, b!, true)],
  ['layerNorm, no bias', (x, gain) => g.layerNorm(x!, gain!, undefined, 1e-5)],
  ['constant', (x) => g.multiply(g.constant(3), x!)],
];

import { describe, expect, it } from 'vitest';
import { samePrefix, splitFrozenPrefix } from '../../extension/graph/frozenPrefix.ts';
import * as g from '../../extension/graph/ops.ts';
import { printGraph } from '../../extension/graph/print.ts';
import type { Graph } from '../../extension/graph/value.ts';

const rowInputs = { names: new Set(['x', 'mask']), rowAxis: 'B', tokenAxis: 'S' };
const weight = (name: string) => g.parameter(name, [4, 4], false);

/** Two blocks of linear and norm over x; the norms of `tuned` are trainable. A head is trained in any case. */
function model(tuned: readonly number[], options: { readonly dropout?: boolean; readonly firstToken?: boolean } = {}) {
  let x = g.input('x', 'f32', ['B', 'S', 4]);
  for (const layer of [0, 1]) {
    const gain = g.parameter(`norm.${layer}`, [4], tuned.includes(layer));
    const bias = g.parameter(`bias.${layer}`, [4], false);
    const offsets = g.input('dropout_offsets', 'i64', [2]);
    const wide = g.linear(x, weight(`weight.${layer}`));
    x = g.layerNorm(options.dropout ? g.dropout(wide, offsets, { rate: 0.1, site: layer }) : wide, gain, bias, 1e-5);
  }
  if (options.firstToken) x = g.reshape(g.slice(x, 1, 0, 1), ['B', 4]);
  const logits = g.linear(x, g.parameter('head', [2, 4], true));
  return { outputs: { loss: g.sum(logits, [0, 1, 2].slice(0, logits.shape.length)), logits } } satisfies Graph;
}

describe('splitFrozenPrefix', () => {
  it('keeps what the lowest tuned norm reads, and nothing above it', () => {
    const { prefix, rest, share } = splitFrozenPrefix(model([1]), rowInputs)!;
    expect(printGraph(prefix)).toMatchInlineSnapshot(`
      "x = input() : f32[B,S,4]
      weight.0 = parameter() : f32[4,4]
      %0 = linear(x, weight.0, none) : f32[B,S,4]
      norm.0 = parameter() : f32[4]
      bias.0 = parameter() : f32[4]
      %1, %2, %3 = layerNorm(%0, norm.0, bias.0) {epsilon: 0.00001} : f32[B,S,4], f32[B,S,4], f32[B,S,1]
      weight.1 = parameter() : f32[4,4]
      %4 = linear(%1, weight.1, none) : f32[B,S,4]
      return frozen 0 = %4
      "
    `);
    expect(printGraph(rest)).toMatchInlineSnapshot(`
      "frozen 0 = input() : f32[B,S,4]
      norm.1 = parameter() {trainable} : f32[4]
      bias.1 = parameter() : f32[4]
      %0, %1, %2 = layerNorm(frozen 0, norm.1, bias.1) {epsilon: 0.00001} : f32[B,S,4], f32[B,S,4], f32[B,S,1]
      head = parameter() {trainable} : f32[2,4]
      %3 = linear(%0, head, none) : f32[B,S,2]
      %4 = sum(%3) {axes: [0,1,2], keep: false} : f32[]
      return loss = %4, logits = %3
      "
    `);
    expect(share).toBeCloseTo(32 / 40, 12);
  });

  it('keeps one row of numbers where the head reads the first token only', () => {
    const { prefix, rest } = splitFrozenPrefix(model([], { firstToken: true }), rowInputs)!;
    expect(prefix.outputs['frozen 0']!.shape).toEqual(['B', 4]);
    expect(printGraph(rest)).not.toContain('layerNorm');
  });

  it('keeps only what lies below dropout, and nothing where a tuned tensor comes first', () => {
    expect(splitFrozenPrefix(model([1], { dropout: true }), rowInputs)!.prefix.outputs['frozen 0']!.node.op).toBe(
      'linear',
    );
    const x = g.input('x', 'f32', ['B', 4]);
    const loss = g.sum(g.linear(x, g.parameter('w', [2, 4], true)), [0, 1]);
    expect(splitFrozenPrefix({ outputs: { loss } }, rowInputs)).toBeUndefined();
  });

  it('computes again what needs no parameter, or cannot be kept row by row', () => {
    const x = g.input('x', 'f32', ['B', 'S', 4]);
    const mask = g.affine(g.input('mask', 'f32', ['B', 'S']), -1, 1);
    const read = g.linear(x, weight('w'));
    const attended = g.attention(g.multiply(read, g.parameter('scale', [4], true)), read, read, mask, 2);
    const part = splitFrozenPrefix({ outputs: { loss: g.sum(attended, [0, 1, 2]) } }, rowInputs)!;
    expect(Object.values(part.prefix.outputs)).toEqual([read]);
    expect(printGraph(part.rest)).toContain('mask = input()');

    const scores = g.matmul(read, read, false, true); // [B,S,S]
    const scaled = g.multiply(scores, g.parameter('scale', [1], true));
    const other = splitFrozenPrefix({ outputs: { loss: g.sum(scaled, [0, 1, 2]) } }, rowInputs)!;
    expect(Object.values(other.prefix.outputs)).toEqual([read]);
  });

  it('tells whether two graphs keep the same', () => {
    const [training, evaluation, other] = [model([1]), model([1]), model([0])].map((graph) =>
      splitFrozenPrefix(graph, rowInputs),
    );
    expect(samePrefix(training!, evaluation!)).toBe(true);
    expect(samePrefix(training!, other!)).toBe(false);
  });
});

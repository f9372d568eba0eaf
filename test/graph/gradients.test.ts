import { describe, expect, it } from 'vitest';
import { gradients } from '../../extension/graph/gradients.ts';
import { inputsOf, type Node, topological } from '../../extension/graph/node.ts';
import * as g from '../../extension/graph/ops.ts';
import { printGraph } from '../../extension/graph/print.ts';
import type { Value } from '../../extension/graph/value.ts';

const frozen = (name: string, shape: number[]) => g.parameter(name, shape, false);
const tuned = (name: string, shape: number[]) => g.parameter(name, shape, true);
const total = (x: Value) =>
  g.sum(
    x,
    x.shape.map((_, axis) => axis),
  );

/** Nodes that the gradients need and the loss does not. */
function backward(loss: Value, found: readonly Value[]): Node[] {
  const forward = new Set(topological([loss]));
  return topological(found).filter((node) => !forward.has(node));
}
const count = (nodes: readonly Node[], op: g.OpName) => nodes.filter((node) => node.op === op).length;

/** Four blocks of linear and norm; the norms of `tunedLayers` are tuned. */
function stack(tunedLayers: readonly number[]) {
  const gains: Value[] = [];
  let x = g.input('x', 'f32', ['B', 'S', 8]);
  for (let layer = 0; layer < 4; layer++) {
    const isTuned = tunedLayers.includes(layer);
    const gain = g.parameter(`layer.${layer}.norm.weight`, [8], isTuned);
    if (isTuned) gains.push(gain);
    const linear = g.linear(x, frozen(`layer.${layer}.weight`, [8, 8]), frozen(`layer.${layer}.bias`, [8]));
    x = g.layerNorm(g.add(g.gelu(linear), x), gain, frozen(`layer.${layer}.norm.bias`, [8]), 1e-5);
  }
  return { loss: total(x), gains };
}

describe('gradients', () => {
  it('builds nothing toward frozen weights', () => {
    const { loss, gains } = stack([0, 1, 2, 3]);
    const nodes = backward(loss, gradients(loss, gains));
    expect(count(nodes, 'linearWeightGrad')).toBe(0);
    expect(count(nodes, 'linearInputGrad')).toBe(3);
    expect(count(nodes, 'layerNormGrad')).toBe(3);
  });

  it('builds nothing below the lowest tuned tensor', () => {
    const { loss, gains } = stack([2, 3]);
    const nodes = backward(loss, gradients(loss, gains));
    expect(count(nodes, 'linearInputGrad')).toBe(1);
    expect(count(nodes, 'layerNormGrad')).toBe(1);
    expect(count(nodes, 'geluGrad')).toBe(1);
  });

  it('builds nothing in branches that hold no tuned tensor', () => {
    const x = g.input('x', 'f32', ['B', 4]);
    const gain = tuned('gain', [4]);
    const branch = g.gelu(g.linear(x, frozen('weight', [4, 4])));
    const loss = total(g.multiply(branch, gain));
    const nodes = backward(loss, gradients(loss, [gain]));
    expect(nodes.map(({ op }) => op).filter((op) => op.startsWith('linear') || op.startsWith('gelu'))).toEqual([]);
  });

  it('does not need the input of a linear whose weight is frozen', () => {
    const x = tuned('x', [3, 4]);
    const squashed = g.tanh(x);
    const loss = total(g.linear(squashed, frozen('weight', [2, 4])));
    const [gradient] = gradients(loss, [squashed]);
    expect(gradient!.node.op).toBe('linearInputGrad');
    expect(inputsOf(gradient!.node)).not.toContain(squashed);
  });

  it('adds up the gradients of a weight that is used twice', () => {
    const weight = tuned('weight', [4, 4]);
    const x = g.input('x', 'f32', ['B', 4]);
    const loss = total(g.linear(g.linear(x, weight), weight));
    const [gradient] = gradients(loss, [weight]);
    expect(gradient!.node.op).toBe('add');
    expect(inputsOf(gradient!.node).map(({ node }) => node.op)).toEqual(['linearWeightGrad', 'linearWeightGrad']);
  });

  it('sums over broadcast axes to the shape of each value', () => {
    const bias = tuned('bias', [4]);
    const column = tuned('column', [3, 1]);
    const x = g.input('x', 'f32', ['B', 3, 4]);
    const loss = total(g.multiply(g.add(x, bias), column));
    const found = gradients(loss, [bias, column]);
    expect(found.map(({ shape }) => shape)).toEqual([[4], [3, 1]]);
    expect(found.map(({ node }) => node.op)).toEqual(['sumLike', 'sumLike']);
  });

  it('gives gradients in the order and number asked for, of values inside the graph too', () => {
    const x = g.input('x', 'f32', ['B', 4]);
    const a = tuned('a', [4]);
    const middle = g.multiply(x, a);
    const loss = total(g.tanh(middle));
    const found = gradients(loss, [middle, a, middle, loss]);
    expect(found.map(({ shape }) => shape)).toEqual([['B', 4], [4], ['B', 4], []]);
    expect(found[0]).toBe(found[2]);
  });

  it('builds the same graph every time', () => {
    const text = () => {
      const { loss, gains } = stack([1, 3]);
      const found = gradients(loss, gains).map((value, i) => [`d${i}`, value] as const);
      return printGraph({ outputs: { loss, ...Object.fromEntries(found) } });
    };
    expect(text()).toBe(text());
  });

  it('goes through thousands of nodes', () => {
    const a = tuned('a', [2]);
    let x = a;
    for (let i = 0; i < 20_000; i++) x = g.affine(x, 0.5);
    expect(gradients(total(x), [a])[0]!.shape).toEqual([2]);
  });

  it('says why when there is none', () => {
    const a = tuned('a', [4]);
    const b = tuned('b', [4]);
    expect(() => gradients(a, [a])).toThrow('the loss must be f32[], got f32[4]; sum it first');
    expect(() => gradients(total(a), [b])).toThrow('b does not influence the loss');
    const twice = gradients(total(g.relu(a)), [a])[0]!;
    expect(() => gradients(total(twice), [a])).toThrow(
      'no gradient flows through reluGrad: it is itself part of a gradient',
    );
    const mask = g.input('mask', 'f32', ['B', 'T']);
    const query = g.input('query', 'f32', ['B', 'T', 4]);
    const probabilities = g.attention(query, query, query, mask, 2).node.outputs.probabilities!;
    expect(() => gradients(total(probabilities), [query])).toThrow('output 1 of attention has no gradient');
  });

  it('refuses to train the weight of a head whose logits are not kept', () => {
    const weight = tuned('weight', [7, 4]);
    const { loss } = g.headLoss(g.input('x', 'f32', ['M', 4]), weight, g.input('labels', 'i64', ['M']));
    expect(() => gradients(loss, [weight])).toThrow(
      'headLoss: the weight must be frozen; use crossEntropy of a linear',
    );
  });

  it('says why an op has no gradient, wherever it has none', () => {
    const reasons = Object.values(g.ops).flatMap(({ gradient }) => ('none' in gradient ? [gradient.none] : []));
    for (const reason of reasons) expect(reason).toMatch(/^it |^integers /);
  });
});

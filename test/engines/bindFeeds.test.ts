import { describe, expect, it } from 'vitest';
import { bindFeeds } from '../../extension/engines/bindFeeds.ts';
import type { Node } from '../../extension/graph/node.ts';
import { input } from '../../extension/graph/ops.ts';
import { elements, type Tensor } from '../../extension/graph/tensor.ts';
import type { Shape } from '../../extension/graph/value.ts';

const node = (name: string, shape: Shape) => input(name, 'f32', shape).node as Node<'input'>;
const zeros = (...shape: number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: new Float32Array(elements(shape)),
});

describe('bindFeeds', () => {
  it('learns the sizes of symbols and leaves out what the graph does not read', () => {
    const { tensors, sizes } = bindFeeds([node('x', ['B', 'S', 4])], { x: zeros(2, 7, 4), other: zeros(1) });
    expect(tensors.map(([name]) => name)).toEqual(['x']);
    expect([...sizes]).toEqual([
      ['B', 2],
      ['S', 7],
    ]);
  });

  it('solves sums of symbols and constants, whichever input comes first', () => {
    const inputs = [node('mask', ['B', 'P+S']), node('past', ['B', 'P+2']), node('x', ['B', 'S'])];
    const feeds = { mask: zeros(2, 12), past: zeros(2, 7), x: zeros(2, 7) };
    expect(bindFeeds(inputs, feeds).sizes.get('P')).toBe(5);
    expect(() => bindFeeds(inputs, { ...feeds, mask: zeros(2, 13) })).toThrow(
      'mask: the graph needs f32[B,P+S] with B = 2, P = 5, S = 7, got f32[2,13]; feed one batch of that shape',
    );
  });

  it('refuses a size below the constant of its dimension, and one that nothing determines', () => {
    expect(() => bindFeeds([node('x', ['S+16'])], { x: zeros(15) })).toThrow(
      'x: the graph needs f32[S+16], got f32[15]',
    );
    expect(() => bindFeeds([node('x', ['P+S'])], { x: zeros(15) })).toThrow(
      'x: no input tells the symbols of P+S apart',
    );
  });

  it('refuses a feed that is missing or disagrees about a symbol', () => {
    const inputs = [node('x', ['B', 'S']), node('y', ['B'])];
    expect(() => bindFeeds(inputs, { x: zeros(2, 3) })).toThrow(
      'y: the graph needs f32[B] with B = 2, S = 3, got nothing',
    );
    expect(() => bindFeeds(inputs, { x: zeros(2, 3), y: zeros(4) })).toThrow(
      'got f32[4]; feed one batch of that shape',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { graphWork, peakBytes } from '../../../extension/estimate/work/graphWork.ts';
import { sizesOf } from '../../../extension/estimate/work/runWork.ts';
import { gradients } from '../../../extension/graph/gradients.ts';
import {
  add,
  attention,
  gelu,
  input,
  layerNorm,
  linear,
  matmul,
  parameter,
  sum,
  tanh,
} from '../../../extension/graph/ops.ts';
import type { Value } from '../../../extension/graph/value.ts';

const sizes = sizesOf(2, 3);
const x = input('x', 'f32', ['B', 'S', 4]);
const total = (value: Value) => sum(value, [0, 1, 2]);
const frozen = (name: string, out: number, inner: number) => parameter(name, [out, inner], false);
const graphOf = (...outputs: Value[]) => ({ outputs: Object.fromEntries(outputs.map((value, i) => [`${i}`, value])) });
const work = (...outputs: Value[]) => graphWork(graphOf(...outputs), sizes, false);

describe('work of a graph', () => {
  it('is two operations for each multiplication of a product', () => {
    const y = linear(x, frozen('w', 8, 4));
    expect(work(y).products).toBe(2 * (2 * 3) * 4 * 8);
    expect(work(y).kernels).toBe(1);
  });

  it('counts Q·Kᵀ and P·V of attention', () => {
    const mask = input('mask', 'f32', ['B', 'S']);
    expect(work(attention(x, x, x, mask, 2)).batched).toBe(2 * (2 * 2 * 2 * 3 * 3 * 2));
  });

  it('counts a gradient of a tuned weight once forward, once for itself, and not toward what is below', () => {
    const below = linear(x, frozen('below', 4, 4));
    const tuned = parameter('tuned', [4, 4], true);
    const loss = total(linear(below, tuned));
    const [gradient] = gradients(loss, [tuned]);
    const one = 2 * (2 * 3) * 4 * 4;
    expect(work(loss, gradient!).products).toBe(3 * one);
  });

  it('goes back through frozen products only as far as the lowest tuned tensor', () => {
    const [gain, bias] = [parameter('gain', [4], true), parameter('bias', [4], true)];
    const below = linear(x, frozen('below', 4, 4));
    const loss = total(linear(layerNorm(below, gain, bias, 1e-12), frozen('above', 8, 4)));
    const found = work(loss, ...gradients(loss, [gain, bias]));
    expect(found.products).toBe(2 * (2 * 3) * (4 * 4 + 2 * 4 * 8));
  });

  it('counts int8 products apart, and quantising rows once for all weights that read them', () => {
    const [a, b] = [linear(x, frozen('a', 4, 4)), linear(x, frozen('b', 4, 4))];
    const inBytes = graphWork(graphOf(a, b), sizes, true);
    expect(inBytes).toMatchObject({ products: 0, int8Products: 2 * 2 * (2 * 3) * 4 * 4 });
    const alone = graphWork(graphOf(a), sizes, true).moved - work(a).moved;
    const both = inBytes.moved - work(a, b).moved;
    expect(both).toBeLessThan(2 * alone);
  });

  it('counts a product the same, whichever operand is transposed', () => {
    const [a, b] = [input('a', 'f32', ['B', 'S', 4]), input('b', 'f32', ['B', 4, 8])];
    const expected = 2 * (2 * 3) * 4 * 8;
    expect(work(matmul(a, b)).batched).toBe(expected);
    expect(work(matmul(input('turned', 'f32', ['B', 4, 'S']), b, true)).batched).toBe(expected);
    expect(work(matmul(a, input('turned', 'f32', ['B', 8, 4]), false, true)).batched).toBe(expected);
  });

  it('grows with the batch and its length', () => {
    const y = gelu(linear(x, frozen('w', 8, 4)));
    const small = graphWork(graphOf(y), sizesOf(2, 3), false);
    const large = graphWork(graphOf(y), sizesOf(4, 6), false);
    expect(large.products).toBe(4 * small.products);
    expect(large.kernels).toBe(small.kernels);
  });
});

describe('memory of a graph', () => {
  const bytes = 4 * 2 * 3 * 4;
  const peak = (...outputs: Value[]) => peakBytes(graphOf(...outputs), sizes);

  it('holds a value until its last reader has run', () => {
    const first = linear(x, frozen('a', 4, 4));
    const second = linear(first, frozen('b', 4, 4));
    const third = linear(second, frozen('c', 4, 4));
    expect(peak(third)).toBe(2 * bytes);
    expect(peak(add(third, first))).toBe(3 * bytes);
  });

  it('lets an elementwise op write over an input that nobody else reads', () => {
    const first = linear(x, frozen('a', 4, 4));
    expect(peak(tanh(tanh(first)))).toBe(bytes);
    expect(peak(add(tanh(first), first))).toBe(2 * bytes);
  });

  it('keeps what the way back needs', () => {
    const tuned = parameter('tuned', [4, 4], true);
    const hidden = linear(x, tuned);
    const loss = total(tanh(hidden));
    const [gradient] = gradients(loss, [tuned]);
    expect(peak(loss, gradient!)).toBeGreaterThan(peak(loss));
  });
});

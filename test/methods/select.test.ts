import { describe, expect, it } from 'vitest';
import { choose } from '../../extension/methods/declaration/selection.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import type { TensorSpec } from '../../extension/models/model/tensors.ts';
import { configured, publishedModel } from './outlines.ts';

const tensor = (name: string, size: number): TensorSpec => ({
  ...{ name, shape: [size], role: 'gain', site: 'norm.ffn', layer: 0 },
});
const names = (tensors: readonly TensorSpec[]) => tensors.map(({ name }) => name).join('');

describe('a choice of tensors', () => {
  const tensors = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => tensor(name, i < 4 ? 8 : 2));
  const scores: Readonly<Record<string, number>> = { a: 1, b: 3, c: 2, d: 3, e: 9, f: 10 };

  it('takes the best share of each size, in their own order', () => {
    expect(names(choose(tensors, 0.5, ({ name }) => scores[name]!))).toBe('bdf');
    expect(names(choose(tensors, 0.75, ({ name }) => scores[name]!))).toBe('bcdef');
  });

  it('takes the first of equal ones, one at least, and evenly spread ones where nothing is known', () => {
    expect(names(choose(tensors, 0.01, ({ name }) => scores[name]!))).toBe('bf');
    expect(names(choose(tensors, 1))).toBe('abcdef');
    const many = Array.from({ length: 10 }, (_, i) => tensor(String(i), 4));
    expect(names(choose(many, 0.3))).toBe('369');
  });
});

describe('a share of the norm tensors', () => {
  const bert = publishedModel('bert-base-uncased');
  const select = (by: string, share: number) => configured({ 'ln-tuning': { select: { by, share } } });

  it.each(['fisher', 'magnitude', 'random', 'last'])('is counted before anything is chosen: by %s', (by) => {
    const counts = countParameters(bert, select(by, 0.2), []);
    expect(counts.method).toBe(10 * 768);
    expect(counts.byLayer.reduce((sum, { method }) => sum + method, 0)).toBe(10 * 768);
    const isOpen = by !== 'last';
    expect('ln-tuning/chosen by the run' in counts.byComponent).toBe(isOpen);
    expect(counts.byLayer.at(-1)).toEqual(
      isOpen ? { layer: 'chosen by the run', method: 10 * 768, head: 0 } : { layer: 'final', method: 0, head: 0 },
    );
  });

  it('is of each width where norms differ', () => {
    // 57 gains of 1,024 numbers and 56 of 128.
    expect(countParameters(publishedModel('qwen3-0.6b'), select('fisher', 0.25), []).method).toBe(14 * 1024 + 14 * 128);
  });

  it.each([
    [{ select: { share: 0 } }, 'must be'],
    [{ select: { by: 'size' } }, 'must be'],
    [
      { select: { share: 0.2 }, added_bias: true },
      'select: must stand without added_bias, whose biases are new, got both',
    ],
    [{ select: { chosen: ['pooler.dense.bias'] } }, 'select: must name tensors of these norms, got pooler.dense.bias'],
  ])('refuses %j', (options, message) => {
    const llama = publishedModel('smollm2-135m');
    expect(() => countParameters(llama, configured({ 'ln-tuning': options }), [])).toThrow(message);
  });
});

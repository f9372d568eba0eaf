import { describe, expect, it } from 'vitest';
import { type Chosen, chosenOf, chosenText } from '../../extension/methods/declaration/chosenNumbers.ts';
import { choose } from '../../extension/methods/declaration/selection.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import { inspectUnion } from '../../extension/methods/entries/declare.ts';
import { modulesOf } from '../../extension/methods/entries/entries.ts';
import type { TensorSpec } from '../../extension/models/model/tensors.ts';
import { configured, publishedModel } from './outlines.ts';

const tensor = (name: string, size: number): TensorSpec => ({
  ...{ name, shape: [size], role: 'gain', site: 'norm.ffn', layer: 0 },
});
const names = ({ tensors }: Chosen) => tensors.map(({ name }) => name).join('');
const texts = ({ tensors, only }: Chosen) => tensors.map(({ name }) => chosenText(name, only.get(name)));

describe('a choice of tensors', () => {
  const tensors = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => tensor(name, i < 4 ? 8 : 2));
  const scores = new Map(Object.entries({ a: [1], b: [2, 4], c: [2], d: [3], e: [9], f: [10] }));
  const of = (share: number) => ({ by: 'fisher', unit: 'tensor', share }) as const;

  it('takes the best share of each size, in their own order', () => {
    expect(names(choose(tensors, of(0.5), scores))).toBe('bdf');
    expect(names(choose(tensors, of(0.75), scores))).toBe('bcdef');
    expect(names(choose(tensors, { ...of(0.5), by: 'last' }))).toBe('cdf');
  });

  it('takes the first of equal ones, one at least, and evenly spread ones where nothing is known', () => {
    expect(names(choose(tensors, of(0.01), scores))).toBe('bf');
    expect(names(choose(tensors, of(1)))).toBe('abcdef');
    const many = Array.from({ length: 10 }, (_, i) => tensor(String(i), 4));
    expect(names(choose(many, of(0.3)))).toBe('369');
  });
});

describe('a choice of numbers', () => {
  const tensors = [tensor('a', 4), tensor('b', 2), tensor('c', 4)];
  const scores = new Map(Object.entries({ a: [1, 8, 7, 7], b: [9, 9], c: [2, 0, 0, 7] }));
  const of = (share: number) => ({ by: 'fisher', unit: 'number', share }) as const;

  it('takes the best share of all numbers, wherever they lie, of equal ones the first', () => {
    expect(texts(choose(tensors, of(0.3), scores))).toEqual(['a[1]', 'b']);
    expect(texts(choose(tensors, of(0.5), scores))).toEqual(['a[1-3]', 'b']);
    expect(texts(choose(tensors, of(0.6), scores))).toEqual(['a[1-3]', 'b', 'c[3]']);
    expect(texts(choose(tensors, of(0.001), scores))).toEqual(['b[0]']);
    expect(texts(choose(tensors, of(1), scores))).toEqual(['a', 'b', 'c']);
  });

  it('takes the uppermost, and evenly spread ones where nothing is known', () => {
    expect(texts(choose(tensors, { ...of(0.5), by: 'last' }))).toEqual(['b[1]', 'c']);
    expect(texts(choose(tensors, of(0.5)))).toEqual(['a[1,3]', 'b[1]', 'c[1,3]']);
  });

  it('is written by places, and read back', () => {
    const found = choose(tensors, of(0.6), scores);
    expect(chosenOf({ method: 'ln-tuning', option: 'select' }, tensors, texts(found))).toEqual(found);
  });

  it.each([
    ['a[4]', 'must name numbers of a by places from 0 to 3, upwards, got [4]'],
    ['a[0-99999999999]', 'got [0-99999999999]'],
    ['a[2,1]', 'got [2,1]'],
    ['a[1,1]', 'got [1,1]'],
    ['a[3-2]', 'got [3-2]'],
    ['a[]', 'got []'],
    ['a[-1]', 'got [-1]'],
    ['a[x]', 'got [x]'],
    ['a]1[', 'must name tensors of these norms, got a]1['],
    ['d[0]', 'must name tensors of these norms, got d; choose from a, b, c …'],
  ])('refuses %s', (text, message) => {
    expect(() => chosenOf({ method: 'ln-tuning', option: 'select' }, tensors, [text])).toThrow(message);
  });

  it.each([
    ['a[0-1]', 'a[3]'],
    ['a[0]', 'a'],
    ['a', 'a'],
  ])('refuses %s beside %s, of which one alone would count', (...texts) => {
    expect(() => chosenOf({ method: 'ln-tuning', option: 'select' }, tensors, texts)).toThrow(
      `select: must name a once, got it again in ${texts[1]}; write all its places in one text, such as a[0-3,7]`,
    );
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
    [{ select: { unit: 'bit' } }, 'must be'],
    [
      { select: { by: 'magnitude' }, added_bias: true },
      'select: by must be fisher, random or last where added_bias is true, got magnitude; new biases are 0: take fisher',
    ],
    [{ select: { chosen: ['pooler.dense.bias'] } }, 'select: must name tensors of these norms, got pooler.dense.bias'],
    [{ select: { chosen: ['norm.weight[576]'] } }, 'select: must name numbers of norm.weight by places from 0 to 575'],
  ])('refuses %j', (options, message) => {
    const llama = publishedModel('smollm2-135m');
    expect(() => countParameters(llama, configured({ 'ln-tuning': options }), [])).toThrow(message);
  });
});

describe('a share of the numbers in norms', () => {
  const bert = publishedModel('bert-base-uncased');
  const of = (select: Record<string, unknown>, more = {}) =>
    configured({ 'ln-tuning': { select: { unit: 'number', ...select }, ...more } });

  it.each([
    ['fisher', 0.2, 7680],
    ['magnitude', 0.001, 38],
    ['random', 1, 38_400],
    ['last', 0.05, 1920],
  ])('is counted to the number before anything is chosen: by %s, %s', (by, share, expected) => {
    const counts = countParameters(bert, of({ by, share }), []);
    expect(counts.method).toBe(expected);
    expect(counts.methodTrained).toBe(expected);
    expect(counts.byLayer.reduce((sum, { method }) => sum + method, 0)).toBe(expected);
  });

  it('is of all together where norms differ in width', () => {
    const counts = countParameters(publishedModel('qwen3-0.6b'), of({ share: 0.25 }), []);
    expect(counts.method).toBe(Math.round(65_536 / 4));
  });

  it('leaves tensors without a chosen number frozen', () => {
    const [modules] = modulesOf(bert, of({ by: 'last', share: 0.05 }));
    expect(modules!.unfrozen.map(({ name }) => name)).toEqual([
      'encoder.layer.11.attention.output.LayerNorm.bias',
      'encoder.layer.11.output.LayerNorm.weight',
      'encoder.layer.11.output.LayerNorm.bias',
    ]);
    expect([...modules!.only!].map(([name, places]) => [name, places.length, places[0]])).toEqual([
      ['encoder.layer.11.attention.output.LayerNorm.bias', 384, 384],
    ]);
  });

  it('counts what another method tunes too once', () => {
    const chosen = ['encoder.layer.0.output.LayerNorm.bias[0-9]', 'encoder.layer.0.output.LayerNorm.weight[5]'];
    const bitfit = countParameters(bert, configured('bitfit'), []).method;
    const methods = configured([
      { bitfit: { learning_rate: 1e-3 } },
      { 'ln-tuning': { select: { unit: 'number', chosen }, learning_rate: 1e-3 } },
    ]);
    expect(countParameters(bert, methods, []).method).toBe(bitfit + 1);
    const { declaration, problems } = inspectUnion(bert, methods, { head: [], learningRate: undefined });
    expect(problems).toEqual([]);
    expect(declaration.notes.map(({ message }) => message)).toEqual([
      'ln-tuning and bitfit both tune 1 tensors (10 numbers, encoder.layer.0.output.LayerNorm.bias first); they count once',
    ]);
    const only = new Map(declaration.tunable.map(({ spec, only }) => [spec.name, only]));
    expect(only.get('encoder.layer.0.output.LayerNorm.bias')).toBeUndefined();
    expect(only.get('encoder.layer.0.output.LayerNorm.weight')).toEqual([5]);
  });
});

describe('a share of norms that are given biases', () => {
  const llama = publishedModel('smollm2-135m');
  const of = (select: Record<string, unknown>) => configured({ 'ln-tuning': { added_bias: true, select } });

  it.each([
    ['fisher', 'tensor', 24 * 576],
    ['random', 'number', Math.round(0.2 * 2 * 35_136)],
    ['last', 'tensor', 24 * 576],
  ])('counts both, by %s of each %s', (by, unit, expected) => {
    expect(countParameters(llama, of({ by, unit }), []).method).toBe(expected);
  });

  it('adds a bias only where it was chosen', () => {
    const chosen = ['model.layers.3.input_layernorm.weight', 'model.norm.bias[0-1]'].map((name) =>
      name.replace('model.', ''),
    );
    const [modules] = modulesOf(llama, of({ chosen }));
    expect(modules!.unfrozen.map(({ name }) => name)).toEqual(['layers.3.input_layernorm.weight']);
    expect(modules!.added.map(({ name }) => name)).toEqual(['norm.bias']);
    expect([...modules!.only!]).toEqual([['norm.bias', [0, 1]]]);
    const [upper] = modulesOf(llama, of({ by: 'last', share: 0.01 }));
    expect(upper!.added.map(({ name }) => name)).toEqual(['norm.bias']);
  });

  it('changes nothing in a union where no bias was chosen', () => {
    const [modules] = modulesOf(llama, of({ chosen: ['norm.weight'] }));
    expect(modules).toMatchObject({ added: [] });
    expect(modules!.apply).toBeUndefined();
  });
});

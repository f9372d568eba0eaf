import { describe, expect, it } from 'vitest';
import type { Initializer } from '../../extension/methods/declaration/method.ts';
import { declareUnion } from '../../extension/methods/entries/declare.ts';
import { configured, publishedModel } from './outlines.ts';

const bert = publishedModel('bert-base-uncased');
const decoder = publishedModel('smollm2-135m');

/** The initialiser of each kind of tensor: by the end of its name. */
function initializers(value: unknown, model = bert): Readonly<Record<string, Initializer>> {
  const { added } = declareUnion(model, configured(value), { head: [], learningRate: undefined });
  return Object.fromEntries(added.map(({ name, initializer }) => [name.replace(/^.*?(\w+\.\w+)$/, '$1'), initializer]));
}

const zeros = { kind: 'zeros' };
const uniform = (fanIn: number) => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });
const normal = (deviation: number) => ({ kind: 'normal', deviation });

describe('first values', () => {
  it('LoRA: A uniform in ±1/√in, as Kaiming-uniform with a = √5, B zero', () => {
    expect(initializers({ lora: { targets: ['down'] } })).toEqual({
      'lora_A.weight': uniform(3072),
      'lora_B.weight': zeros,
    });
  });

  it('(IA)³: ones', () => {
    expect(Object.values(initializers('ia3')).every(({ kind }) => kind === 'ones')).toBe(true);
  });

  it('prefix: N(0, 1), or another deviation', () => {
    expect(initializers('prefix')).toMatchObject({ '0.key': normal(1), '11.value': normal(1) });
    expect(initializers({ prefix: { init_std: 0.02 } })).toMatchObject({ '0.key': normal(0.02) });
  });

  const tokens = (layer: number, part: string) => ({ kind: 'tokens', layer, part });

  it('prefix: keys and values of tokens, unless an MLP makes them', () => {
    expect(initializers({ prefix: { init: 'tokens' } })).toMatchObject({
      '0.key': tokens(0, 'key'),
      '11.value': tokens(11, 'value'),
    });
    expect(() => initializers({ prefix: { init: 'tokens', mlp: true } })).toThrow('set mlp: false');
  });

  it('prefix of a decoder: keys and values of tokens, alone and in a union, unless something else is said', () => {
    const begun = { '0.key': tokens(0, 'key'), '29.value': tokens(29, 'value') };
    expect(initializers('prefix', decoder)).toMatchObject(begun);
    expect(initializers('unified', decoder)).toMatchObject(begun);
    expect(initializers({ unified: { prefix: { init: 'random' } } }, decoder)).toMatchObject({ '0.key': normal(0.02) });
    expect(initializers({ prefix: { mlp: true } }, decoder)).toMatchObject({ 'embedding.weight': normal(1) });
  });

  it('prefix through an MLP: as torch initialises Embedding and Linear', () => {
    expect(initializers({ prefix: { mlp: true, mlp_width: 100 } })).toEqual({
      'embedding.weight': normal(1),
      'in.weight': uniform(768),
      'in.bias': uniform(768),
      'out.weight': uniform(100),
      'out.bias': uniform(100),
    });
  });

  it('sequential adapter: N(0, 0.02) and zero biases', () => {
    expect(initializers({ adapter: { at: 'attention' } })).toEqual({
      'down.weight': normal(0.02),
      'down.bias': zeros,
      'up.weight': normal(0.02),
      'up.bias': zeros,
    });
  });

  it('parallel adapter: down Kaiming-uniform, up zero', () => {
    expect(initializers({ adapter: { placement: 'parallel' } })).toEqual({
      'down.weight': uniform(768),
      'down.bias': zeros,
      'up.weight': zeros,
      'up.bias': zeros,
    });
  });

  it('methods that unfreeze add nothing', () => {
    for (const name of ['full', 'head-only', 'ln-tuning', 'bitfit']) expect(initializers(name)).toEqual({});
  });
});

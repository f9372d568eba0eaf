import { describe, expect, it } from 'vitest';
import { UnionError } from '../../../extension/methods/declaration/methodError.ts';
import { declareUnion, inspectUnion } from '../../../extension/methods/entries/declare.ts';
import { parseMethods } from '../../../extension/methods/entries/parse.ts';
import { unionTransforms } from '../../../extension/methods/entries/union.ts';
import { configured, publishedModel, tinyModel } from '../outlines.ts';

const bert = publishedModel('bert-base-uncased');
const large = publishedModel('bert-large-uncased');

const inspect = (value: unknown, model = bert, learningRate?: number) =>
  inspectUnion(model, parseMethods(value).methods, { head: [], learningRate });
const rates = (value: unknown, model = bert, learningRate?: number) =>
  inspect(value, model, learningRate).declaration.groups.map((group) => [group.name, group.learningRate]);

describe('parameter groups', () => {
  it('keeps the default rate of each method', () => {
    expect(rates('unified')).toEqual([
      ['prefix', 5e-3],
      ['adapter', 5e-4],
      ['ln-tuning', 1e-3],
    ]);
  });

  it('has a lower default for large models where the method does', () => {
    expect(rates(['lora', 'ia3'], bert)).toEqual([
      ['lora', 5e-4],
      ['ia3', 5e-3],
    ]);
    expect(rates(['lora', 'ia3'], large)).toEqual([
      ['lora', 3e-4],
      ['ia3', 5e-3],
    ]);
  });

  it('takes the rate of training for all, and the own option of a method before it', () => {
    expect(rates(['prefix', { lora: { learning_rate: 0.02 } }], large, 0.001)).toEqual([
      ['prefix', 0.001],
      ['lora', 0.02],
    ]);
  });

  it('numbers a method that comes twice, and has none for a method that tunes nothing', () => {
    expect(
      rates([{ adapter: { at: 'ffn' } }, 'head-only', { adapter: { at: 'attention', learning_rate: 1e-4 } }]),
    ).toEqual([
      ['adapter', 5e-4],
      ['adapter 2', 1e-4],
    ]);
  });

  it('puts each tensor into the group that tunes it', () => {
    const { declaration } = inspect(['ln-tuning', 'lora'], tinyModel());
    const groupOf = (name: string) => declaration.tunable.find(({ spec }) => spec.name === name)?.group;
    expect(groupOf('embeddings.LayerNorm.weight')).toBe(0);
    expect(groupOf('encoder.layer.1.attention.self.value.lora_A.weight')).toBe(1);
    expect(groupOf('encoder.layer.1.attention.self.value.weight')).toBeUndefined();
  });
});

describe('tensors that two methods tune', () => {
  it('count once, with a note', () => {
    const { declaration, problems } = inspect(['ln-tuning', 'bitfit']);
    expect(problems).toEqual([]);
    expect(declaration.notes).toMatchObject([
      {
        code: 'tuned-twice',
        path: [1],
        message:
          'bitfit and ln-tuning both tune 25 tensors (19,200 numbers, embeddings.LayerNorm.bias first); they count once',
      },
    ]);
    expect(new Set(declaration.tunable.map(({ spec }) => spec.name)).size).toBe(declaration.tunable.length);
  });

  it('must have one learning rate', () => {
    expect(inspect(['ln-tuning', { bitfit: { learning_rate: 0.01 } }]).problems).toMatchObject([
      {
        path: [1, 'bitfit'],
        message:
          'bitfit and ln-tuning must tune 25 tensors (19,200 numbers, embeddings.LayerNorm.bias first) at one learning ' +
          'rate, got 0.01 and 0.001; set the same learning_rate in both, or remove one',
      },
    ]);
    expect(inspect(['full', 'ln-tuning']).problems).toHaveLength(1);
    expect(inspect(['full', 'ln-tuning'], bert, 1e-4).problems).toMatchObject([]);
  });

  it('have a number in their names where an earlier entry has taken them, else the names of their method', () => {
    const namesOf = (...entries: unknown[]) =>
      inspect(entries).declaration.added.map(({ name }) => name.replace(/attention\.self\.|\.weight$/g, ''));
    const layers = (rank: number, ...layers: number[]) => ({ lora: { rank, targets: 'query', layers } });
    const first = ['encoder.layer.0.query.lora_A', 'encoder.layer.0.query.lora_B'];
    const other = first.map((name) => name.replace('layer.0', 'layer.1'));
    expect(namesOf(layers(2, 0))).toEqual(first);
    expect(namesOf(layers(2, 0), layers(4, 1))).toEqual([...first, ...other]);
    expect(namesOf(layers(2, 0), layers(4, 0, 1))).toEqual([
      ...first,
      ...[...first, ...other].map((name) => `lora_2.${name}`),
    ]);
    expect(namesOf(layers(2, 0), layers(4, 1), layers(8, 1)).slice(4)).toEqual(other.map((name) => `lora_3.${name}`));
  });

  it('cannot be added twice with the same options', () => {
    expect(inspect([{ lora: { rank: 4 } }, { lora: { rank: 4, learning_rate: 1e-4 } }]).problems).toMatchObject([
      {
        path: [1, 'lora'],
        message:
          'lora 2 must not add what lora adds already, got encoder.layer.0.attention.self.query.lora_A.weight twice; ' +
          'remove one, or give them different options',
      },
    ]);
    expect(inspect(['prefix', 'mam']).problems.map(({ path }) => path)).toEqual([[1, 'prefix']]);
    const places = [{ adapter: { at: 'ffn' } }, { adapter: { at: 'ffn', placement: 'parallel' } }];
    expect(inspect(places).problems).toMatchObject([]);
  });

  it('cannot be kept twice, whatever they are made of while they train', () => {
    const throughMlp = { prefix: { length: 2, mlp: true } };
    for (const other of [{ length: 2 }, { length: 3 }, { length: 2, mlp: true }]) {
      const problems = [
        ...inspect([throughMlp, { prefix: other }]).problems,
        ...inspect([{ prefix: other }, throughMlp]).problems,
      ];
      expect(problems.map(({ message }) => message)).toEqual([
        expect.stringMatching('prefix 2 must not add what prefix adds already, got prefix.* twice; remove one'),
        expect.stringMatching('prefix 2 must not add what prefix adds already, got prefix.* twice; remove one'),
      ]);
    }
    expect(inspect([throughMlp, { mam: { length: 1 } }]).problems.map(({ path }) => path)).toEqual([
      [1, 'mam', 'prefix'],
    ]);
    expect(inspect([throughMlp, 'unified']).problems).toHaveLength(1);
    const long = { prefix: { length: 17, mlp: true, positions: 'unchanged' } };
    expect(
      inspect([long], tinyModel({ model_type: 'gpt2', n_embd: 8, n_layer: 1, n_head: 2, n_positions: 16 })).problems,
    ).toEqual([]);
  });
});

describe('options that do not fit the model', () => {
  it.each<[unknown, string, unknown]>([
    [
      { 'ln-tuning': { norms: ['attention', 'final'] } },
      'this model has no final norm; it has attention, ffn, embedding',
      ['ln-tuning', 'norms'],
    ],
    [
      { lora: { layers: [0, '3-12'] } },
      'must be within 0 … 11 for this model of 12 blocks, got 3-12; count blocks from 0',
      ['lora', 'layers'],
    ],
    [{ bitfit: { layers: '9-4' } }, 'a range must run upwards, got 9-4; write 4-9', ['bitfit', 'layers']],
    [
      { prefix: { length: 512 } },
      'must be 1 … 511 for this model of 512 positions, got 512; shorten it, or set positions: unchanged',
      ['prefix', 'length'],
    ],
  ])('%j', (value, message, path) => {
    expect(inspect(value).problems).toMatchObject([{ path, message }]);
  });

  it('says what a block lacks that a method needs', () => {
    const bare = { ...bert, tensors: bert.tensors.filter(({ site }) => site !== 'ffn.down') };
    expect(inspect('ia3', bare).problems).toMatchObject([
      {
        path: [],
        message:
          'needs ffn.down, which block 0 of this model lacks; it has attention.query, attention.key, ' +
          'attention.value, attention.output, ffn.up',
      },
    ]);
  });

  it('finds them all, and declares the rest', () => {
    const { declaration, problems } = inspect([{ prefix: { length: 512 } }, 'ln-tuning', { lora: { layers: 40 } }]);
    expect(problems.map(({ path }) => path)).toMatchObject([
      [0, 'prefix', 'length'],
      [2, 'lora', 'layers'],
    ]);
    expect(declaration.groups.map(({ name }) => name)).toEqual(['ln-tuning']);
  });

  it('lets a long prefix stand when positions do not move', () => {
    expect(inspect({ prefix: { length: 600, positions: 'unchanged' } }).problems).toMatchObject([]);
  });

  it('stops declareUnion with every problem', () => {
    const methods = configured([{ prefix: { length: 512 } }, { lora: { layers: 12 } }]);
    const declare = () => declareUnion(bert, methods, { head: [], learningRate: undefined });
    expect(declare).toThrow(UnionError);
    expect(declare).toThrow(
      /^methods\[0\]\.prefix\.length: must be 1 … 511 .*\nmethods\[1\]\.lora\.layers: must be within/,
    );
  });
});

describe('head', () => {
  it('takes its tensors out of the reach of every method', () => {
    const head = bert.tensors.filter(({ site }) => site === 'pooler');
    const { tunable, frozen } = declareUnion(bert, configured('full'), { head, learningRate: undefined });
    expect(tunable.map(({ spec }) => spec.name)).not.toContain('pooler.dense.bias');
    expect(frozen).toEqual([]);
    const { tunable: biases } = declareUnion(bert, configured('bitfit'), { head: [], learningRate: undefined });
    expect(biases.map(({ spec }) => spec.name).filter((name) => name.startsWith('pooler'))).toEqual([
      'pooler.dense.bias',
    ]);
  });
});

describe('position shift', () => {
  const none = (): never => {
    throw new Error('positions need no tensor');
  };
  const shift = (value: unknown) =>
    unionTransforms(bert, configured(value), none, { attentionMask: none }).positionShift;

  it('is the prefix length, or nothing when positions stay', () => {
    expect(shift({ unified: { length: 7 } })).toBe(7);
    expect(shift({ prefix: { length: 7, positions: 'unchanged' } })).toBe(0);
    expect(shift('ln-tuning')).toBe(0);
  });
});

describe('a union of which a run chooses something later', () => {
  const select = { by: 'random', share: 0.1 } as const;
  const messages = (value: unknown) => inspect(value, tinyModel()).problems.map(({ message }) => message);
  const own = { 'ln-tuning': { terms: ['bias'], select, learning_rate: 1e-2 } };
  const biases = { bitfit: { layers: [0], learning_rate: 1e-3 } };

  it.each([[[own, biases]], [[biases, own]]])(
    'is refused where two entries may tune a tensor at two rates: %j',
    (union) => {
      expect(messages(union)).toEqual([expect.stringContaining('must tune 2 tensors')]);
    },
  );

  it('is refused where two entries may add the same bias', () => {
    const added = { 'ln-tuning': { added_bias: true, select } };
    const { problems } = inspect([added, added], publishedModel('smollm2-135m'));
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('must not add what ln-tuning adds already'),
    ]);
  });

  it('counts what stands in for the choice, and says that entries of one rate may share it', () => {
    const { declaration, problems } = inspect([own, { bitfit: { layers: [0], learning_rate: 1e-2 } }], tinyModel());
    expect(problems).toEqual([]);
    expect(declaration.notes.map(({ message }) => message)).toEqual([
      expect.stringContaining('bitfit and ln-tuning may both tune 2 tensors'),
    ]);
    expect(declaration.tunable.length).toBeLessThan(
      inspect([{ 'ln-tuning': {} }, biases], tinyModel()).declaration.tunable.length,
    );
  });
});

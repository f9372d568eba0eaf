import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, TextTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { ignoredLabel, input } from '../../extension/graph/ops.ts';
import type { Tensor } from '../../extension/graph/tensor.ts';
import { typeText } from '../../extension/graph/value.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import type { Row } from '../../extension/tasks/rows/row.ts';

let tokenizer: TextTokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(path.join(import.meta.dirname, '../golden/tokenizers/wordpiece'));
});

const row = (cells: Record<string, unknown>): Row => ({ file: 'a.tsv', line: 3, cells });
const logits = (shape: readonly number[], values: readonly number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(values),
});
const tokens = (ids: Iterable<number>) => [...ids].map((id) => tokenizer.token(id));

describe.each<[TaskName, string]>([
  ['classification', 'f32[B,5]'],
  ['regression', 'f32[B,1]'],
  ['token-classification', 'f32[B,S,5]'],
  ['masked-lm', 'f32[B,S,99]'],
])('%s', (name, type) => {
  it('has a scalar loss over the logits of its head', () => {
    const task = findTask(name);
    const labels = name === 'masked-lm' || name === 'regression' ? [] : ['a', 'b', 'c', 'd', 'e'];
    const outputs = task.outputs(labels, 99);
    const head = input('logits', 'f32', task.head === 'sequence' ? ['B', outputs] : ['B', 'S', outputs]);
    expect(typeText(head)).toBe(type);
    const { dtype, shape } = task.labelsInput(outputs);
    const truth = input('labels', dtype, shape);
    expect(typeText(task.loss(head, truth, 0.1))).toBe('f32[]');
  });
});

describe('classification', () => {
  const task = findTask('classification');
  const columns = { text: 'one', textPair: 'two', label: 'y' };
  const context = { labels: ['no', 'yes'], maxLength: 8 };

  it('encodes texts and pairs with the class of their label', () => {
    const example = task.encode(row({ one: 'bake', two: 'lala', y: ' yes' }), columns, tokenizer, context);
    expect(tokens(example.inputIds).filter((token) => token === '[SEP]')).toHaveLength(2);
    expect(example.tokenTypeIds.at(-1)).toBe(1);
    expect(example.target).toEqual([1]);
    const single = task.encode(row({ one: 'bake', y: 'no' }), { text: 'one', label: 'y' }, tokenizer, context);
    expect(single.tokenTypeIds.every((id) => id === 0)).toBe(true);
    expect(task.rowLabels(row({ one: 'bake', y: 1 }), { text: 'one', label: 'y' })).toEqual(['1']);
  });

  it('refuses a label that training did not see', () => {
    const encode = () => task.encode(row({ one: 'a', two: 'b', y: 'maybe' }), columns, tokenizer, context);
    expect(encode).toThrow(
      'a.tsv:3: the label must be one of those in the training file (no, yes), got "maybe"; correct it, or set data.on_bad_row: skip',
    );
    const long = { ...context, labels: ['n'.repeat(200_000), 'yes'] };
    expect(() => task.encode(row({ one: 'a', two: 'b', y: 'maybe' }), columns, tokenizer, long)).toThrow(
      `the training file (${'n'.repeat(57)}…, yes), got`,
    );
  });

  it('counts what it gets right', () => {
    const evaluator = task.evaluator(context.labels);
    const example = (index: number, target: number) => ({ index, inputIds: [], tokenTypeIds: [], target: [target] });
    evaluator.add([example(0, 0), example(1, 1)], { logits: logits([2, 2], [3, 1, -1, 2]) });
    evaluator.add([example(2, 1)], { logits: logits([1, 2], [0.5, 0.25]) });
    expect(evaluator.metrics(0.5).accuracy).toBeCloseTo(2 / 3);
    expect(evaluator.confusion?.().rows()).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });
});

describe('regression', () => {
  const task = findTask('regression');

  it('takes numbers only', () => {
    const columns = { text: 'text', label: 'y' };
    const context = { labels: [], maxLength: 8 };
    expect(task.encode(row({ text: 'bake', y: '-2.5' }), columns, tokenizer, context).target).toEqual([-2.5]);
    expect(() => task.encode(row({ text: 'bake', y: 'good' }), columns, tokenizer, context)).toThrow(
      'a.tsv:3: `y` must be a number, got "good"',
    );
  });

  it('feeds and judges numbers', () => {
    const examples = [1, 2, 4].map((y, index) => ({ index, inputIds: [], tokenTypeIds: [], target: [y] }));
    expect(task.collateLabels(examples, 7).labels).toEqual({
      dtype: 'f32',
      shape: [3],
      data: Float32Array.of(1, 2, 4),
    });
    const evaluator = task.evaluator([]);
    evaluator.add(examples.slice(0, 2), { logits: logits([2, 1], [2, 3]) });
    evaluator.add(examples.slice(2), { logits: logits([1, 1], [5]) });
    const { mse, pearson, spearman } = evaluator.metrics(1);
    expect(mse).toBeCloseTo(1);
    expect(pearson).toBeCloseTo(1);
    expect(spearman).toBeCloseTo(1);
  });

  it('feeds numbers in another unit, and judges in that of the file', () => {
    const examples = [10, 20, 40].map((y, index) => ({ index, inputIds: [], tokenTypeIds: [], target: [y] }));
    const learned = task.learnedIn!({ mean: 20, deviation: 10 });
    expect(learned.collateLabels(examples, 7).labels!.data).toEqual(Float32Array.of(-1, 0, 2));
    const evaluator = learned.evaluator([]);
    evaluator.add(examples, { logits: logits([3, 1], [-1, 1, 2]) });
    expect(evaluator.metrics(1).mse).toBeCloseTo(100 / 3);
    expect([...evaluator.rows!()!.values]).toEqual([10, 10, 20, 30, 40, 40]);
  });
});

describe('token-classification', () => {
  const task = findTask('token-classification');
  const columns = { tokens: 'tokens', label: 'label' };
  const labels = ['B-X', 'I-X', 'O'];
  const encode = (words: readonly unknown[], tags: readonly unknown[], maxLength = 64) =>
    task.encode(row({ tokens: words, label: tags }), columns, tokenizer, { labels, maxLength });

  it('puts the tag at the first token of each word', () => {
    const { inputIds, target } = encode(['bakelemon', 'la', '\u200b', 'dina!'], ['B-X', 'I-X', 'B-X', 'O']);
    const tagged = target.map((label, i) =>
      label === ignoredLabel ? '' : `${tokenizer.token(inputIds[i]!)} ${labels[label]}`,
    );
    expect(tagged.filter(Boolean)).toHaveLength(3);
    expect(tagged[0]).toBe('');
    expect(tagged[1]).toMatch(/^b.* B-X$/);
    expect(tagged.filter(Boolean)[1]).toBe('la I-X');
    expect(tagged.at(-1)).toBe('');
    expect(task.labelledItems({ index: 0, inputIds, tokenTypeIds: [], target })).toBe(3);
  });

  it('leaves out what is cut off, and pads labels with −100', () => {
    const { inputIds, tokenTypeIds, target } = encode(['la', 'la', 'la'], ['B-X', 'I-X', 'O'], 4);
    expect(target).toEqual([-100, 0, 1, -100]);
    const short = { index: 1, inputIds: [2, 3], tokenTypeIds: [0, 0], target: [-100, 2] };
    const { shape, data } = task.collateLabels([{ index: 0, inputIds, tokenTypeIds, target }, short], 4).labels!;
    expect(shape).toEqual([2, 4]);
    expect([...data].map(Number)).toEqual([-100, 0, 1, -100, -100, 2, -100, -100]);
  });

  it.each<[readonly unknown[], readonly unknown[], string]>([
    [['la', 'la'], ['O'], 'there must be one tag for each word, got 2 words and 1 tags; correct it'],
    [[], [], 'there must be at least one word; remove the row'],
    [['\u200b'], ['O'], 'there must be a word that the model reads, got none; remove the row'],
    [['la'], ['B-Y'], 'the label must be one of those in the training file (B-X, I-X, O), got "B-Y"; correct it'],
  ])('refuses the words %j with the tags %j', (words, tags, message) => {
    expect(() => encode(words, tags)).toThrow(`a.tsv:3: ${message}, or set data.on_bad_row: skip`);
  });

  it('judges entities where there are tags', () => {
    const evaluator = task.evaluator(labels);
    const example = { index: 0, inputIds: [0, 0, 0, 0], tokenTypeIds: [], target: [-100, 0, 1, 2] };
    evaluator.add([example], { logits: logits([1, 4, 3], [9, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9]) });
    expect(evaluator.metrics(0)).toEqual({ entity_f1: 1, entity_precision: 1, entity_recall: 1, accuracy: 1 });
  });
});

describe('masked-lm', () => {
  const task = findTask('masked-lm');
  const columns = { text: 'text' };
  const encode = (text: string) => task.encode(row({ text }), columns, tokenizer, { labels: [], maxLength: 512 });
  const variation = { seed: 5, epoch: 2, probability: 0.15 };
  const long = () => ({ index: 4, ...encode('bake lala dina kora sita '.repeat(60)) });

  it('masks by seed, epoch and row alone', () => {
    const example = long();
    const masked = task.maskTokens!(example, tokenizer, variation);
    expect(task.maskTokens!(example, tokenizer, variation)).toEqual(masked);
    for (const other of [{ epoch: 3 }, { seed: 6 }]) {
      expect(task.maskTokens!(example, tokenizer, { ...variation, ...other }).target).not.toEqual(masked.target);
    }
    expect(task.maskTokens!({ ...example, index: 5 }, tokenizer, variation).target).not.toEqual(masked.target);
  });

  it('hides 15 % of the tokens: 80 % of them as [MASK], 10 % as another, and asks for the old ones', () => {
    const example = long();
    let [chosen, masked, kept, changed] = [0, 0, 0, 0];
    const epochs = 60;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const { inputIds, target } = task.maskTokens!(example, tokenizer, { ...variation, epoch });
      for (const [i, label] of target.entries()) {
        const old = example.inputIds[i]!;
        if (label === ignoredLabel) {
          expect(inputIds[i]).toBe(old);
          continue;
        }
        expect(label).toBe(old);
        expect(tokenizer.structuralIds.has(old)).toBe(false);
        chosen++;
        if (inputIds[i] === tokenizer.maskTokenId) masked++;
        else if (inputIds[i] === old) kept++;
        else changed++;
      }
    }
    const words = example.inputIds.length - 2;
    expect(chosen).toBe(Math.round(words * 0.15) * epochs);
    expect(masked / chosen).toBeCloseTo(0.8, 1);
    expect(kept / chosen).toBeCloseTo(0.1, 1);
    expect(changed / chosen).toBeCloseTo(0.1, 1);
  });

  it('hides at least one token of a short text', () => {
    const { target } = task.maskTokens!({ index: 0, ...encode('la') }, tokenizer, variation);
    expect(target.filter((label) => label !== ignoredLabel)).toHaveLength(1);
  });

  it('refuses a text without a token, and a tokenizer without a mask', () => {
    expect(() => encode('\u200b')).toThrow(
      'a.tsv:3: there must be a token to predict, got special ones only; remove the row',
    );
    const maskless = new TextTokenizer({
      file: 'tokenizer.json',
      definition: {
        added_tokens: [],
        normalizer: null,
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: null,
        decoder: null,
        model: {
          type: 'WordPiece',
          vocab: { la: 0, '[UNK]': 1 },
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
        },
      },
      config: {},
      stopTokenIds: [],
      chatTemplate: undefined,
    });
    expect(maskless.encode('la lo', undefined, 8).inputIds).toEqual([0, 1]);
    expect(() => task.encode(row({ text: 'la' }), columns, maskless, { labels: [], maxLength: 8 })).toThrow(
      'task: masked-lm needs a tokenizer with a mask token; choose a model that has one',
    );
  });

  it('has the perplexity e^loss, and counts right guesses', () => {
    const evaluator = task.evaluator([]);
    const example = { index: 0, inputIds: [1, 1, 1], tokenTypeIds: [], target: [-100, 2, 0] };
    evaluator.add([example], { correct: { dtype: 'f32', shape: [], data: Float32Array.of(1) } });
    expect(evaluator.metrics(Math.log(20))).toEqual({ perplexity: expect.closeTo(20, 10), accuracy: 0.5 });
  });
});

describe('words that the model does not read', () => {
  const task = findTask('token-classification');
  const columns = { tokens: 'words', label: 'tags' };
  const words = ['bake', '\u0000', 'lemo', 'dina', 'kora'];
  const encode = (tags: readonly string[], labels: readonly string[]) => ({
    index: 0,
    ...task.encode(row({ words, tags }), columns, tokenizer, { labels, maxLength: 4 }),
  });
  /** Logits in which every token has the class 1. */
  const ones = (length: number, classes: number) =>
    logits(
      [1, length, classes],
      Array.from({ length: length * classes }, (_, i) => (i % classes === 1 ? 1 : 0)),
    );

  it('are kept with their tags, cut off or without a token', () => {
    const example = encode(['B-X', 'O', 'B-X', 'B-X', 'O'], ['O', 'B-X']);
    expect(example.target.filter((label) => label !== ignoredLabel)).toEqual([1, 1]);
    expect(example.unread).toEqual([
      { word: 1, label: 0 },
      { word: 3, label: 1 },
      { word: 4, label: 0 },
    ]);
    expect(example.fullLength).toBeGreaterThan(example.inputIds.length);
  });

  it('count as predicted outside of all spans', () => {
    const labels = ['O', 'B-X'];
    const evaluator = task.evaluator(labels);
    const example = encode(['B-X', 'O', 'B-X', 'B-X', 'O'], labels);
    evaluator.add([example], { logits: ones(example.inputIds.length, 2) });
    const { entity_precision, entity_recall, accuracy } = evaluator.metrics(0);
    expect(entity_precision).toBe(1);
    expect(entity_recall).toBeCloseTo(2 / 3, 12);
    expect(accuracy).toBeCloseTo(4 / 5, 12);
  });

  it('are never right where no tag is outside', () => {
    const labels = ['ADJ', 'NOUN'];
    const evaluator = task.evaluator(labels);
    const example = encode(['NOUN', 'ADJ', 'NOUN', 'NOUN', 'ADJ'], labels);
    evaluator.add([example], { logits: ones(example.inputIds.length, 2) });
    // NOUN: precision 1, recall 2/3; ADJ: 0.
    expect(evaluator.metrics(0)).toEqual({ accuracy: 2 / 5, macro_f1: expect.closeTo(0.4, 12) });
  });
});

import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { checkAgainstWorld } from '../../../extension/config/checks/checkWorld.ts';
import type { Environment, LabelFacts, ModelFacts } from '../../../extension/config/checks/environment.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { fixed, printed } from '../support.ts';

const bert = readDimensions(
  {
    model_type: 'bert',
    vocab_size: 30522,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    max_position_embeddings: 512,
  },
  'config.json',
);
const gpt2 = readDimensions(
  { model_type: 'gpt2', vocab_size: 50257, n_embd: 1024, n_layer: 24, n_head: 16, n_positions: 1024 },
  'config.json',
);

interface World {
  readonly model?: ModelFacts;
  readonly files?: Readonly<Record<string, readonly string[]>>;
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  readonly labels?: Readonly<Record<string, LabelFacts>>;
}

/** A world with files by folder (a name that ends in `/` is a folder), columns and labels by file. */
const environment = ({ model, files, columns = {}, labels = {} }: World): Environment => ({
  model: async () => model ?? { kind: 'unknown' },
  listFolder: async (folder) =>
    (files ?? { '.': ['train.tsv', 'dev.tsv'] })[folder]?.map((name) =>
      name.endsWith('/') ? { name: name.slice(0, -1), kind: 'folder' } : { name, kind: 'file' },
    ),
  columns: async ({ file }) => columns[file],
  labels: async ({ file }) => labels[file],
});

const config = (
  data = 'data: {train: train.tsv, validation: dev.tsv}',
  rest = 'methods: [ln-tuning]',
  task = 'classification',
) => `model: bert\ntask: ${task}\n${data}\n${rest}\n`;

async function check(text: string, world: World = {}, overrides: readonly string[] = []) {
  const found = await checkAgainstWorld(checkConfig(text, overrides), environment(world));
  const { config: resolved } = found;
  // Most of these worlds hold no model.
  const diagnostics = found.diagnostics.filter(({ code }) => code !== 'model-not-here');
  return { messages: printed(diagnostics), fixes: fixed(text, diagnostics), resolved };
}

describe('checkAgainstWorld', () => {
  it('finds nothing wrong with what is right, and gives the config', async () => {
    const columns = { 'train.tsv': ['text', 'label'], 'dev.tsv': ['label', 'text'] };
    const labels = {
      'train.tsv': { distinct: ['0', '1'], complete: true },
      'dev.tsv': { distinct: ['1'], complete: true },
    };
    const found = await check(config(), { model: { kind: 'known', dimensions: bert }, columns, labels });
    expect(found.messages).toEqual([]);
    expect(found.resolved?.model).toBe('bert');
  });

  it('says that a column called as the second text of a pair is not read, with the cure', async () => {
    const world: World = {
      model: { kind: 'known', dimensions: bert },
      columns: { 'train.tsv': ['text', 'text_pair', 'label'], 'dev.tsv': ['text', 'text_pair', 'label'] },
    };
    const { messages, fixes } = await check(config(), world);
    expect(messages).toEqual([
      expect.stringMatching(
        /warning data\.train: train\.tsv has a column text_pair that is not read; add `text_pair: text_pair`/,
      ),
    ]);
    const [read] = Object.values(fixes);
    expect(read).toContain('text_pair: text_pair');
    expect((await check(read!, world)).messages).toEqual([]);
  });

  it('resolves learning rates for the size of the model', async () => {
    const text = config(undefined, 'methods: [lora]');
    const wide = { ...bert, hidden: 1024 };
    expect(
      (await check(text, { model: { kind: 'known', dimensions: wide } })).resolved?.methods[0]?.lora?.learning_rate,
    ).toBe(3e-4);
    const base = await check(text, { model: { kind: 'known', dimensions: bert } });
    expect(base.resolved?.methods[0]?.lora?.learning_rate).toBe(5e-4);
  });

  it('resolves nothing before the model is known', async () => {
    expect((await check(config(undefined, 'methods: [lora]'))).resolved).toBeUndefined();
  });

  it('says only which files are missing of a config whose types are wrong', async () => {
    expect(await check('model: 5')).toMatchObject({ messages: [], resolved: undefined });
    const text = 'tsk: x\ndata:\n  train: trian.tsv\n  validation: {file: gone.tsv, limit: many}\n  test:\n';
    const { messages, fixes, resolved } = await check(text);
    expect(messages).toEqual([
      '3:10 error data.train: must be a file, got "trian.tsv"; did you mean train.tsv?',
      '4:22 error data.validation.file: must be a file, got "gone.tsv"; its folder has train.tsv, dev.tsv',
    ]);
    expect(fixes['Change to train.tsv']).toBe(text.replace('trian', 'train'));
    expect(resolved).toBeUndefined();
  });

  it.each(['{hub: "../x"}', '{text: words}'])('looks for no file where none is named: %s', async (train) => {
    const checked = checkConfig(config(`data: {train: ${train}, validation: dev.tsv}`));
    const { diagnostics } = await checkAgainstWorld(checked, environment({}));
    expect([checked.diagnostics.length, diagnostics.map(({ code }) => code)]).toEqual([1, ['model-not-here']]);
  });

  it('gives no config while the text has errors', async () => {
    expect((await check(config(undefined, 'methods: [ln-tunin]'))).resolved).toBeUndefined();
  });
});

describe('data files', () => {
  it('suggests the file that was meant', async () => {
    const found = await check(config('data: {train: trian.tsv, validation: dev.tsv}'));
    expect(found.messages).toEqual(['3:15 error data.train: must be a file, got "trian.tsv"; did you mean train.tsv?']);
    expect(found.fixes).toEqual({ 'Change to train.tsv': config() });
    expect(found.resolved).toBeUndefined();
  });

  it.each([
    [
      'other/zzz.tsv',
      { '.': ['dev.tsv'], 'other/': ['x.csv', 'y.csv'] },
      'must be a file, got "other/zzz.tsv"; its folder has x.csv, y.csv',
    ],
    [
      'other/zzz.tsv',
      { '.': ['dev.tsv'], 'other/': [] },
      'must be a file, got "other/zzz.tsv"; its folder has no files',
    ],
    ['nowhere/zzz.tsv', { '.': ['dev.tsv'] }, 'must be a file, got "nowhere/zzz.tsv"; there is no folder nowhere/'],
    ['data.tsv', { '.': ['dev.tsv', 'data.tsv/'] }, 'must be a file, got the folder "data.tsv"'],
  ])('says why %s cannot be read', async (file, files, message) => {
    const found = await check(config(`data: {train: ${file}, validation: dev.tsv}`), { files });
    expect(found.messages).toEqual([`3:15 error data.train: ${message}`]);
  });

  it('lists at most eight files', async () => {
    const names = Array.from({ length: 9 }, (_, i) => `longname${i}.parquet`);
    const found = await check(config('data: {train: x.tsv, validation_split: 0.1}'), { files: { '.': names } });
    expect(found.messages[0]).toMatch(/its folder has longname0\.parquet, .*longname7\.parquet, … \(9\)$/);
  });

  it('names the file key of a split with columns, and keeps the folder in the fix', async () => {
    const text = config('data: {train: {file: d/trian.tsv, label: y}, validation_split: 0.1}');
    const found = await check(text, { files: { 'd/': ['train.tsv'] } });
    expect(found.messages).toEqual([
      '3:22 error data.train.file: must be a file, got "d/trian.tsv"; did you mean train.tsv?',
    ]);
    expect(Object.keys(found.fixes)).toEqual(['Change to d/train.tsv']);
  });
});

describe('columns', () => {
  const data = 'data: {train: train.tsv, validation_split: 0.1}';

  it('names the columns that exist, and writes the one that was meant', async () => {
    const found = await check(config(data), { columns: { 'train.tsv': ['sentence', 'label'] } });
    expect(found.messages).toEqual([
      '3:15 error data.train.text: must be a column of train.tsv, got "text"; it has sentence, label',
    ]);
    expect(found.fixes).toEqual({
      'Read text from the column sentence': config(
        'data: {train: {file: train.tsv, text: sentence}, validation_split: 0.1}',
      ),
    });
  });

  it.each([
    [
      'data: {train: {file: train.tsv, text: sentense}, validation_split: 0.1}',
      '3:39 error data.train.text',
      'data: {train: {file: train.tsv, text: sentence}, validation_split: 0.1}',
    ],
    [
      'data: {train: train.tsv, validation_split: 0.1, text: sentense}',
      '3:55 error data.text',
      'data: {train: train.tsv, validation_split: 0.1, text: sentence}',
    ],
  ])('corrects the key that names the column: %s', async (text, where, cured) => {
    const found = await check(config(text), { columns: { 'train.tsv': ['sentence', 'label'] } });
    expect(found.messages).toEqual([
      `${where}: must be a column of train.tsv, got "sentense"; did you mean sentence? It has sentence, label`,
    ]);
    expect(found.fixes).toEqual({ 'Change to sentence': config(cured) });
  });

  it('quotes a column name that YAML would read otherwise', async () => {
    const found = await check(config(data), { columns: { 'train.tsv': ["1st's", 'label'] } });
    expect(Object.values(found.fixes)).toEqual([
      config("data: {train: {file: train.tsv, text: '1st''s'}, validation_split: 0.1}"),
    ]);
  });

  it('passes on the cure of the reader where no column is near', async () => {
    const cure = 'if ";" separates the fields, set data.delimiter';
    const settings = { delimiter: ';' };
    const problem = {
      message: `train.tsv:1: there must be a column \`text\`, got \`text;label\`; ${cure}`,
      cure,
      settings,
    };
    const world: World = {
      columns: { 'train.tsv': ['titre;étiquette'] },
      labels: { 'train.tsv': { distinct: [], complete: false, problem } },
    };
    expect((await check(config(), world)).messages[0]).toBe(
      `3:15 error data.train.text: must be a column of train.tsv, got "text"; it has titre;étiquette; ${cure}`,
    );
  });

  it('checks every split by its own columns', async () => {
    const columns = { 'train.tsv': ['text', 'label'], 'dev.tsv': ['content', 'label'] };
    expect((await check(config(), { columns })).messages).toEqual(
      [
        '3:38 error data.validation.text: must be a column of dev.tsv, got "text"; did you mean content? It has content, label',
      ].map((message) => message.replace('did you mean content? It has', 'it has')),
    );
  });

  it('asks CoNLL and plain text for none', async () => {
    const text = config('data: {train: a.conll, validation_split: 0.1}', undefined, 'token-classification');
    expect((await check(text, { files: { '.': ['a.conll'] }, columns: { 'a.conll': [] } })).messages).toEqual([]);
  });
});

describe('labels', () => {
  const text = (task: string) => config(undefined, undefined, task);
  const labels = (distinct: readonly string[], complete = true): World => ({
    labels: { 'train.tsv': { distinct, complete } },
  });

  it('wants two classes', async () => {
    expect((await check(text('classification'), labels(['0']))).messages).toEqual([
      '3:15 error data.train.label: must have at least 2 classes, got only "0" in train.tsv; name the column with the labels',
    ]);
    expect((await check(text('classification'), labels([]))).messages).toEqual([
      '3:15 error data.train.label: must have at least 2 classes, got none in train.tsv; name the column with the labels',
    ]);
    expect((await check(text('classification'), labels(['0'], false))).messages).toEqual([]);
  });

  it('tells a file whose rows were cut before the second class from one with the wrong column', async () => {
    const split = (keys: string) => config(`data: {train: {file: train.tsv, ${keys}}, validation: dev.tsv}`);
    const read = (rows: number, skipped = 0): World => ({
      labels: {
        'train.tsv': {
          distinct: ['good'],
          complete: true,
          rows,
          skipped: { count: skipped, examples: ['train.tsv:2'] },
        },
      },
    });
    const found = async (keys: string, world: World) =>
      (await check(split(keys), world)).messages.filter((message) => message.includes('classes'));
    const rule = 'must have at least 2 classes, got only "good" in';
    expect(await found('limit: 3', read(3))).toEqual([
      `3:40 error data.train.limit: ${rule} the first 3 rows of train.tsv; raise data.train.limit, or shuffle the file`,
    ]);
    expect(await found('skip: 2, limit: 3', read(2, 1))).toEqual([
      `3:49 error data.train.limit: ${rule} the 3 rows of train.tsv behind the first 2; raise data.train.limit, or shuffle the file`,
    ]);
    expect(await found('skip: 2', read(4))).toEqual([
      `3:39 error data.train.skip: ${rule} train.tsv behind the first 2 rows; lower data.train.skip, or shuffle the file`,
    ]);
    expect(await found('limit: 30', read(4))).toEqual([
      `3:15 error data.train.label: ${rule} train.tsv; name the column with the labels`,
    ]);
  });

  it('wants numbers for regression', async () => {
    const found = await check(text('regression'), labels(['good', 'bad']));
    expect(found.messages).toEqual([
      '3:15 error data.train.label: must be numbers for regression, got "good" in train.tsv; use task: classification',
    ]);
    expect(found.fixes).toEqual({ 'Change the task to classification': text('classification') });
    expect((await check(text('regression'), labels(['1.5', '-2e3', ' 3 ']))).messages).toEqual([]);
  });

  it('warns of numbers that are all one where they judge', async () => {
    const ofTrain = { distinct: ['1.5', '2'], complete: true };
    const judged = async (distinct: readonly string[], complete = true) =>
      (await check(text('regression'), { labels: { 'train.tsv': ofTrain, 'dev.tsv': { distinct, complete } } }))
        .messages;
    expect(await judged(['2.5'])).toEqual([
      '3:38 warning data.validation.label: all rows of dev.tsv have the number 2.5: correlations have no value on them; add rows with others',
    ]);
    expect([await judged(['2.5', '3']), await judged(['2.5'], false)]).toEqual([[], []]);
  });

  it('takes a hundred different numbers for measurements', async () => {
    const found = await check(
      text('classification'),
      labels(
        Array.from({ length: 100 }, (_, i) => String(i / 7)),
        false,
      ),
    );
    expect(found.messages).toEqual([
      '3:15 warning data.train.label: 100 or more different numbers in train.tsv are hardly classes; use task: regression',
    ]);
    expect(found.fixes).toEqual({ 'Change the task to regression': text('regression') });
  });

  const facts = (
    distinct: readonly string[],
    counts?: readonly number[],
    more: Partial<LabelFacts> = {},
  ): LabelFacts => {
    const each = counts ?? distinct.map(() => 9);
    return { distinct, counts: each, complete: true, rows: each.reduce((sum, count) => sum + count, 0), ...more };
  };
  const messagesOf = async (task: string, ofTrain: LabelFacts, others: Readonly<Record<string, LabelFacts>> = {}) =>
    (await check(text(task), { labels: { 'train.tsv': ofTrain, ...others } })).messages;

  it('takes numbers with a fraction for measurements', async () => {
    expect(await messagesOf('classification', facts(['1', '2.75', '5']))).toEqual([
      '3:15 warning data.train.label: numbers such as 2.75 in train.tsv are more likely measurements than classes; use task: regression',
    ]);
    expect(await messagesOf('classification', facts(['-1', '0', '1.0']))).toEqual([]);
  });

  it.each([
    [['Pos', 'pos', 'neg'], '"Pos", "pos" in train.tsv are 2 classes that differ only in case'],
    [['a b', 'a  b', 'c'], '"a b", "a  b" in train.tsv are 2 classes that differ only in blanks'],
    [
      ['caf\u00e9', 'cafe\u0301', 'c'],
      '"caf\u00e9", "cafe\u0301" in train.tsv are 2 classes that differ only in Unicode form',
    ],
    [
      ['1', '1.0', '+1', '2'],
      '"1", "1.0", "+1" in train.tsv are 3 classes that differ only in how the number is written',
    ],
    [
      ['not good', 'Not-good', 'NotGood', 'c'],
      '"not good", "NotGood" in train.tsv are 2 classes that differ only in case, blanks or Unicode form',
    ],
  ])('finds classes that are probably one: %j', async (distinct, message) => {
    expect(await messagesOf('classification', facts(distinct))).toEqual([
      `3:15 warning data.train.label: ${message}; write them alike if they are one`,
    ]);
  });

  it('tells numbers beyond 2^53 apart', async () => {
    expect(await messagesOf('classification', facts(['9007199254740992', '9007199254740993']))).toEqual([]);
  });

  it('names classes of one row, in all but tiny files', async () => {
    expect(await messagesOf('classification', facts(['a', 'b', 'c'], [9, 1, 1]))).toEqual([
      '3:15 warning data.train.label: 2 of 3 classes "b", "c" in train.tsv have one row alone; add rows, or leave it out',
    ]);
    expect(await messagesOf('token-classification', facts(['O', 'B-X'], [9, 1]))).toEqual([
      '3:15 warning data.train.label: the class "B-X" in train.tsv has one row alone; add rows, or leave it out',
    ]);
    expect(await messagesOf('classification', facts(['a', 'b'], [1, 1]))).toEqual([]);
    expect(await messagesOf('classification', facts(['a', 'b'], [9, 1], { complete: false }))).toEqual([]);
  });

  it('names a validation file of one class, and a label that is written otherwise', async () => {
    expect(await messagesOf('classification', facts(['a', 'b']), { 'dev.tsv': facts(['a']) })).toEqual([
      '3:38 warning data.validation.label: all rows of dev.tsv have the label "a": they judge one class only',
    ]);
    expect(await messagesOf('classification', facts(['0', '1']), { 'dev.tsv': facts(['0', '1.0']) })).toEqual([
      '3:38 error data.validation.label: dev.tsv has labels that train.tsv lacks (1.0); "1.0" is "1" there: write them alike, or set data.on_bad_row: skip',
    ]);
  });

  it('finds labels that only the test file has', async () => {
    const world: World = {
      files: { '.': ['train.tsv', 'test.tsv'] },
      labels: { 'train.tsv': facts(['a', 'b']), 'test.tsv': facts(['c', 'a']) },
    };
    const data = 'data: {train: train.tsv, validation_split: 0.1, test: {file: test.tsv}}';
    expect((await check(config(data), world)).messages).toEqual([
      '3:55 error data.test.label: test.tsv has labels that train.tsv lacks (c); add rows with them to the training data, or set data.on_bad_row: skip',
    ]);
  });

  it.each([
    [['a', 'b', 'nan'], '"nan"'],
    [['a', 'N/A', 'null'], '"N/A", "null"'],
    [['0', '1', '2', '-100'], '"-100"'],
    [['0', '1', '2', '-1'], '"-1"'],
    [['-1', '0', '1'], undefined],
    [['-2', '-1', '0', '1', '2'], undefined],
    [['None', 'null and void'], undefined],
  ])('wonders at classes that stand for a missing label: %j', async (labels, named) => {
    const told = await messagesOf('classification', facts(labels));
    const found = told.filter((message) => message.includes('missing label'));
    expect(found.map((message) => message.replace(/^.* error|^.*data.train.label: | in train.tsv.*$/g, ''))).toEqual(
      named === undefined ? [] : [named],
    );
  });

  it.each([
    [['a;b', 'a', 'b'], '"a;b" in train.tsv is one class, but looks'],
    [['x|y', 'y | z'], '"x|y", "y | z" in train.tsv are one class each, but look'],
    [['a, b', 'a', 'c'], '"a, b" in train.tsv is one class, but looks'],
    [['[comedy, drama]', '[comedy]'], '"[comedy, drama]" in train.tsv is one class, but looks'],
    [['{x,y}', '("x", "y")'], '"{x,y}", "(\\"x\\", \\"y\\")" in train.tsv are one class each, but look'],
    [['Health, Beauty', 'Sports, Leisure'], undefined],
    [[';', '|', 'a;', ':)'], undefined],
    [['N/A or B', 'a/b', 'x-y', 'Toys (small)'], undefined],
  ])('notes classes that look like several labels: %j', async (labels, told) => {
    const found = (await messagesOf('classification', facts(labels))).filter((message) => message.includes('several'));
    const rest = ' like several labels of a row, which are not supported; keep one label a row';
    expect(found).toEqual(told === undefined ? [] : [`3:15 information data.train.label: ${told}${rest}`]);
  });

  it('counts the rows that repeat the names of the columns', async () => {
    const joined = (count: number) => facts(['a', 'b'], [9, 9], { headers: { count, firstLine: 7 } });
    expect(await messagesOf('classification', joined(1))).toEqual([
      '3:15 warning data.train: train.tsv:7: row repeats the names of the columns, and is read as data; remove it',
    ]);
    expect(await messagesOf('classification', joined(3))).toEqual([
      '3:15 warning data.train: train.tsv:7: row repeats the names of the columns (the first of 3 such rows), and is read as data; remove it',
    ]);
  });

  it('wonders at texts that are all numbers', async () => {
    expect(await messagesOf('classification', facts(['a', 'b'], [2, 2], { numberTexts: 4 }))).toEqual([
      '3:15 warning data.train.text: every text of train.tsv is a number; name the column with the text, got "text"',
    ]);
    expect(await messagesOf('classification', facts(['a', 'b'], [2, 2], { numberTexts: 3 }))).toEqual([]);
  });

  it('says what training would stop at, and nothing about labels then', async () => {
    const message = 'train.tsv:2: must be UTF-8, got other bytes; save the file as UTF-8';
    const problem = { message, cure: 'save the file as UTF-8' };
    expect(await messagesOf('classification', facts([], [], { complete: false, problem }))).toEqual([
      `3:15 error data.train: ${message}`,
    ]);
  });

  it('counts the rows that training would skip', async () => {
    const skipped = { count: 1, examples: ['train.tsv:4: must have 2 fields as the header has, got 1; add fields'] };
    expect(await messagesOf('classification', facts(['a', 'b'], [20, 19], { skipped }))).toEqual([
      '3:15 warning data.train: train.tsv: 1 of 40 rows are bad and skipped (2.5 %), first train.tsv:4: must have 2 fields as the header has, got 1; add fields',
    ]);
    expect(await messagesOf('classification', facts([], [], { skipped }))).toEqual([
      '3:15 error data.train: train.tsv: 1 of 1 rows are bad and skipped (100 %), first train.tsv:4: must have 2 fields as the header has, got 1; add fields; no row is left, correct the file',
    ]);
    expect(await messagesOf('classification', facts([], []))).toEqual([
      '3:15 error data.train: train.tsv must have at least one row, got none; add rows',
    ]);
  });

  it('blames `skip` where it leaves no row', async () => {
    const text = config('data: {train: {file: train.tsv, skip: 999}, validation: dev.tsv}');
    expect((await check(text, { labels: { 'train.tsv': facts([], []) } })).messages).toEqual([
      '3:39 error data.train.skip: must leave at least one row of train.tsv, got 999; set a lower number',
    ]);
  });

  it('says which metrics there are for tags that are no spans', async () => {
    const note = /^3:15 information data\.train: train\.tsv: the tags \(ORG, O\) mark no spans .* accuracy is watched$/;
    expect((await check(text('token-classification'), labels(['ORG', 'O']))).messages).toEqual([
      expect.stringMatching(note),
    ]);
    expect((await check(text('token-classification'), labels(['0', '1']))).messages).toEqual([
      expect.stringMatching(/^3:15 warning data\.train: .* are numbers: .*; .*data\.labels: \[O, B-PER, …\]$/),
    ]);
    expect((await check(text('token-classification'), labels(['B-ORG', 'O']))).messages).toEqual([]);
    expect((await check(text('token-classification'), labels(['0', '1'], false))).messages).toEqual([]);
    const stopping = `${text('token-classification')}\ntraining: {early_stopping: {metric: entity_f1}}`;
    expect((await check(stopping, labels(['ORG', 'O']))).messages[1]).toMatch(
      /error training\.early_stopping\.metric: must be one of loss, accuracy, macro_f1 for tags that are no spans, got "entity_f1"$/,
    );
    expect((await check(stopping, labels(['B-ORG', 'O']))).messages).toEqual([]);
  });

  it('finds labels that only validation has', async () => {
    const world: World = {
      labels: {
        'train.tsv': { distinct: ['a', 'b'], complete: true },
        'dev.tsv': { distinct: ['b', 'c', 'd'], complete: false },
      },
    };
    expect((await check(text('classification'), world)).messages).toEqual([
      '3:38 error data.validation.label: dev.tsv has labels that train.tsv lacks (c, d); add rows with them to the training data, or set data.on_bad_row: skip',
    ]);
    const skipping = config('data: {train: train.tsv, validation: dev.tsv, on_bad_row: skip}');
    const [warning] = (await check(skipping, world)).messages;
    expect(warning).toMatch(/^3:38 warning .*; add rows with them to the training data$/);
  });
});

describe('a model that is not here', () => {
  const files = { '.': ['train.tsv', 'dev.tsv', 'model/', 'berl/'], model: ['config.json'], berl: ['notes.txt'] };
  const named = (model: string) => config().replace('model: bert', `model: ${model}`);

  it('is asked about where a folder of that name but for a letter holds one', async () => {
    const { messages, fixes } = await check(named('modle'), { files });
    expect(messages).toEqual([
      '1:8 warning model: there is no folder modle, so it is taken for a model of the hub; did you mean model?',
    ]);
    expect(fixes).toEqual({ 'Change to model': named('model') });
    const refused = await check(named('./modle'), {
      files: { ...files, './': files['.'], './model': ['config.json'] },
      model: { kind: 'unusable', reason: 'model ./modle: a folder must exist' },
    });
    expect(refused.messages).toEqual(['1:8 error model: model ./modle: a folder must exist; did you mean ./model?']);
  });

  it('is said to be unchecked where no folder beside the config is near it, or the near one holds no model', async () => {
    const said = async (model: string) =>
      printed((await checkAgainstWorld(checkConfig(named(model)), environment({ files }))).diagnostics);
    const later = 'it is downloaded, and checked, when a run starts';
    expect(await said('google-bert/bert-base-uncased')).toEqual([
      `1:8 information model: is not in the local cache yet; ${later}`,
    ]);
    expect(await said('bert')).toEqual([
      `1:8 information model: there is no folder bert, so it is taken for a model of the hub; ${later}`,
    ]);
  });
});

describe('a line above the header', () => {
  it.each(['sep=;', 'sep=', '# exported 2026'])('is told with its cure: %s', async (line) => {
    const { messages, fixes } = await check(config(), { columns: { 'train.tsv': [line] } });
    expect(messages).toContain(
      `3:15 error data.train.text: must be a column of train.tsv, got "text"; the first line is "${line}", which other programs hide; delete it`,
    );
    expect(fixes).toEqual({});
  });
});

describe('a file of quoted fields between tabs', () => {
  const cure = 'set data.format: csv and data.delimiter: "\\t"';
  const fix = config('data: {train: {file: train.tsv, format: csv, delimiter: "\\t"}, validation: dev.tsv}');

  it('is told by its names, with what reads it', async () => {
    const { messages, fixes } = await check(config(), { columns: { 'train.tsv': ['"text"', '"label"'] } });
    expect(messages).toEqual([
      `3:15 error data.train.text: must be a column of train.tsv, got "text"; the file's names are quoted; ${cure}`,
      `3:15 error data.train.label: must be a column of train.tsv, got "label"; the file's names are quoted; ${cure}`,
    ]);
    expect(fixes).toEqual({ 'Read quoted fields': fix });
  });

  it('is told by its texts', async () => {
    const facts = { distinct: ['a', 'b'], complete: true, quoted: { count: 3, firstLine: 2 } };
    const { messages, fixes } = await check(config(), { labels: { 'train.tsv': facts } });
    expect(messages).toEqual([
      `3:15 warning data.train: train.tsv:2: text is quoted as in CSV (the first of 3), and is read with its quotes; ${cure}`,
    ]);
    expect(fixes).toEqual({ 'Read quoted fields': fix });
    const whole = config('data: {train: {file: train.tsv}, validation: dev.tsv}');
    expect((await check(whole, { labels: { 'train.tsv': facts } })).fixes).toEqual({});
  });
});

describe('what reading all rows shows', () => {
  const whole = (cutRows: Environment['cutRows']) =>
    checkAgainstWorld(checkConfig(config()), {
      ...environment({ model: { kind: 'known', dimensions: bert } }),
      ...(cutRows && { cutRows }),
    });

  it('is a problem at the file that training would stop at, or at the model', async () => {
    const message = '/w/rows.tsv: there may be at most 10000 classes, got 10500; check data.label';
    const ofRows = await whole(async () => ({ cut: {}, problem: { split: 'train', message } }));
    expect(printed(ofRows.diagnostics)).toEqual([`3:15 error data.train: ${message}`]);
    expect(ofRows.config).toBeUndefined();
    const ofModel = await whole(async () => ({ cut: {}, problem: { split: undefined, message: 'pattern is slow' } }));
    expect(printed(ofModel.diagnostics)).toEqual(['1:8 error model: pattern is slow']);
  });

  it('is not asked for where a file of the hub is not here yet: the run brings it', async () => {
    const fromHub = config().replace('train.tsv', 'hf://datasets/stanfordnlp/sst2/train.parquet');
    const { diagnostics, config: resolved } = await checkAgainstWorld(checkConfig(fromHub), {
      ...environment({ model: { kind: 'known', dimensions: bert } }),
      isInCache: async () => false,
      cutRows: async () => ({ cut: {}, problem: { split: undefined, message: 'the file does not exist' } }),
    });
    expect(printed(diagnostics)).toEqual([expect.stringContaining('is not in the local cache yet')]);
    expect(resolved).toBeDefined();
  });

  it('is a warning where rows are cut', async () => {
    const { diagnostics, config: resolved } = await whole(async () => ({ cut: { train: '3 rows are cut' } }));
    expect(printed(diagnostics)).toEqual(['3:15 warning data.train: 3 rows are cut']);
    expect(resolved).toBeDefined();
  });
});

describe('the model', () => {
  const known: World = { model: { kind: 'known', dimensions: bert } };

  it('must be usable', async () => {
    const reason = 'must be a folder with a config.json, got "bert"';
    expect((await check(config(), { model: { kind: 'unusable', reason } })).messages).toEqual([
      `1:8 error model: ${reason}`,
    ]);
  });

  it('has frozen weights where int8 is to have an effect', async () => {
    const messages = async (methods: string) =>
      (await check(config(undefined, `methods: [${methods}]\nbackbone: int8`), known)).messages;
    expect(await messages('full')).toEqual([
      '5:1 warning backbone: has no effect: every weight is tuned, and int8 is for frozen ones; remove it',
    ]);
    expect(await messages('ln-tuning')).toEqual([]);
  });

  it('must have the head of the task', async () => {
    const text = config()
      .replace('classification', 'masked-lm')
      .replace(/label: .*/, '');
    expect((await check(text, { model: { kind: 'known', dimensions: gpt2 } })).messages).toContain(
      '2:7 error task: must be one of classification, regression, token-classification, causal-lm, completion for a GPT-2 model, got masked-lm; choose another task, or a BERT, RoBERTa, XLM-RoBERTa, CamemBERT, DistilBERT, ELECTRA, ALBERT, MPNet, ModernBERT or DeBERTa-v2 model',
    );
  });

  it.each([
    // The prefix stands out: it is longer than the text.
    [
      'data: {train: train.tsv, validation: dev.tsv, max_length: 16}',
      'methods:\n  - ln-tuning\n  - prefix:\n      length: 512',
      '7:15 error methods[1].prefix.length: must be 1 … 496 for this model, got 512',
      '      length: 496',
    ],
    [
      'data: {train: train.tsv, validation: dev.tsv}',
      'methods: [prefix: {length: 511}]',
      '4:28 error methods[0].prefix.length: must be 1 … 510 for this model, got 511',
      '{length: 510}',
    ],
    [
      'data: {train: train.tsv, validation: dev.tsv}',
      'methods: [unified: {length: 700}]',
      '4:29 error methods[0].unified.length: must be 1 … 510 for this model, got 700',
      '{length: 510}',
    ],
    [
      'data: {train: train.tsv, validation: dev.tsv, max_length: 500}',
      'methods: [prefix: {length: 511}]',
      '4:28 error methods[0].prefix.length: must be 1 … 12 for this model, got 511',
      '{length: 12}',
    ],
    // Else the text.
    [
      'data: {train: train.tsv, validation: dev.tsv, max_length: 512}',
      'methods: [prefix]',
      '3:59 error data.max_length: must be 2 … 496 for this model with a prefix of 16, got 512',
      'max_length: 496}',
    ],
    [
      'data: {train: train.tsv, validation: dev.tsv, max_length: 513}',
      'methods: [ln-tuning]',
      '3:59 error data.max_length: must be 2 … 512 for this model, got 513',
      'max_length: 512}',
    ],
  ])('has room for text and prefix: %s %s', async (data, methods, message, cured) => {
    const found = await check(config(data, methods), known);
    expect(found.messages).toEqual([message]);
    const [title, text] = Object.entries(found.fixes)[0]!;
    expect(title).toMatch(/^Set to \d+ \(the most this model allows\)$/);
    expect(text).toContain(cured);
    expect((await check(text, known)).messages).toEqual([]);
  });

  it.each([
    [
      'ln-tuning',
      '3:59 error data.max_length: must be 2 … 64 for this model (sliding_window of its config.json), got 65',
    ],
    [
      'prefix: {length: 4}',
      '3:59 error data.max_length: must be 2 … 60 for this model (sliding_window of its config.json) with a prefix of 4, got 65',
    ],
  ])('has texts no longer than the window of the model: %s', async (method, message) => {
    const mistral = {
      model_type: 'mistral',
      vocab_size: 1000,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 8,
      intermediate_size: 96,
      max_position_embeddings: 512,
      sliding_window: 64,
    };
    const world: World = { model: { kind: 'known', dimensions: readDimensions(mistral, 'config.json') } };
    const text = (length: number) =>
      config(`data: {train: train.tsv, validation: dev.tsv, max_length: ${length}}`, `methods: [${method}]`);
    const found = await check(text(65), world);
    expect(found.messages).toEqual([message]);
    expect((await check(text(60), world)).messages).toEqual([]);
  });

  it.each([
    ['[ln-tuning]', bert, 128],
    ['[prefix: {length: 400}]', bert, 112],
    ['[prefix: {length: 400, positions: unchanged}]', bert, 128],
    ['[ln-tuning]', { ...bert, maxSequence: 64 }, 64],
    ['[unified]', { ...bert, maxSequence: 64 }, 48],
  ])('fits max_length to the model where it is not set: %s', async (methods, dimensions, length) => {
    const text = config(undefined, `methods: ${methods}`);
    const world = await checkAgainstWorld(checkConfig(text), environment({ model: { kind: 'known', dimensions } }));
    expect(world.diagnostics).toEqual([]);
    expect(world.config?.data.max_length).toBe(length);
    // What was frozen into a run stays, whatever is known of the model.
    expect(checkConfig(JSON.stringify(world.config)).config?.data.max_length).toBe(length);
  });

  it('lets a prefix that shifts nothing be as long as it likes', async () => {
    const text = config(undefined, 'methods: [prefix: {length: 512, positions: unchanged}]');
    expect((await check(text, known)).messages).toEqual([]);
  });

  it('blames the flag that asks for too much', async () => {
    expect((await check(config(), known, ['data.max_length=600'])).messages).toEqual([
      '--set data.max_length=600 error data.max_length: must be 2 … 512 for this model, got 600',
    ]);
  });

  it('must have what a method targets', async () => {
    expect((await check(config(undefined, 'methods: [lora: {layers: 12}]'), known)).messages).toEqual([
      '4:26 error methods[0].lora.layers: must be within 0 … 11 for this model of 12 blocks, got 12; count blocks from 0',
    ]);
    expect((await check(config(undefined, 'methods: [ln-tuning: {norms: final}]'), known)).messages).toEqual([
      '4:30 error methods[0].ln-tuning.norms: this model has no final norm; it has attention, ffn, embedding',
    ]);
  });

  it('tells of tensors that two methods tune, and refuses two rates for them', async () => {
    const equal = await check(config(undefined, 'methods: [bitfit, ln-tuning]'), known);
    expect(equal.messages).toHaveLength(1);
    expect(equal.messages[0]).toMatch(
      /^4:19 information methods\[1\]: ln-tuning and bitfit both tune 25 tensors .*; they count once$/,
    );
    const different = await check(config(undefined, 'methods: [bitfit, ln-tuning: {learning_rate: 2e-3}]'), known);
    expect(different.messages[0]).toMatch(
      /^4:30 error methods\[1\]\.ln-tuning: ln-tuning and bitfit must tune 25 tensors .* at one learning rate, got 0\.002 and 0\.001; /,
    );
  });

  it('says once that FFN and LayerNorm do not go together', async () => {
    const text = config(undefined, 'methods: [adapter, ln-tuning]');
    expect(checkConfig(text).diagnostics.map(({ code }) => code)).toEqual(['ffn-with-norm']);
    expect((await check(text, known)).messages).toEqual([]);
  });
});

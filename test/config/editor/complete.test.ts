import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { complete, type Listing } from '../../../extension/config/editor/complete.ts';
import { cursor } from '../support.ts';

const listing: Listing = {
  listFolder: async (folder) =>
    ({
      '.': [
        { name: 'train.tsv', kind: 'file' as const },
        { name: '.hidden', kind: 'file' as const },
        { name: 'picture.png', kind: 'file' as const },
        { name: 'README.txt', kind: 'file' as const },
        { name: 'package.json', kind: 'file' as const },
        { name: 'empty', kind: 'folder' as const },
        { name: 'models', kind: 'folder' as const },
        { name: 'rows', kind: 'folder' as const },
        { name: '.venv', kind: 'folder' as const },
      ],
      'models/': [{ name: 'bert', kind: 'folder' as const }],
      'models/bert/': ['config.json', 'tokenizer.json', 'vocab.txt'].map((name) => ({ name, kind: 'file' as const })),
      'rows/': [{ name: 'sst2', kind: 'folder' as const }],
      'rows/sst2/': [{ name: 'dev.jsonl', kind: 'file' as const }],
      '.venv/': [{ name: 'bin', kind: 'folder' as const }],
      '.venv/bin/': ['pip', 'python3.11'].map((name) => ({ name, kind: 'file' as const })),
    })[folder],
  columns: async ({ file, format, delimiter }) =>
    file === 'train.tsv' && format === 'tsv' && delimiter === null ? ['sentence', 'label'] : undefined,
};

/** Completions at the mark `|`. */
async function at(marked: string) {
  const { text, offset } = cursor(marked);
  return await complete(text, offset, listing);
}
const labels = async (marked: string): Promise<readonly string[]> => (await at(marked)).map(({ label }) => label);

/** The text after a completion is taken. */
async function taken(marked: string, label: string): Promise<string> {
  const { text, offset } = cursor(marked);
  const found = (await complete(text, offset, listing)).find((candidate) => candidate.label === label);
  if (found === undefined) throw new Error(`no completion ${label}`);
  return text.slice(0, found.range.start.offset) + found.insertText + text.slice(found.range.end.offset);
}

const tasks = ['classification', 'regression', 'token-classification', 'masked-lm', 'causal-lm', 'completion'];
const head = 'model: b\ntask: classification\ndata: {train: train.tsv, validation_split: 0.1}\n';

/** Keys of a config that no one has to write, but for its name. */
const rest = [
  'revision',
  'training',
  'train_pooler',
  'executor',
  'device',
  'python',
  'precision',
  'compile',
  'backbone',
  'num_processes',
  'torchrun',
  'threads',
];
const whole = ['a whole config', 'model', 'task', 'data', 'methods', 'name', ...rest];

describe('completion of keys', () => {
  it.each([
    ['|', whole],
    // The editor is who leaves out what does not go with the letters.
    ['mo|', whole],
    ['model: b\nname: x\ntask: regression\ndata: {}\nmethods: full\ntr|', rest],
    ['training:\n  early_stopping:\n    |', ['metric', 'patience']],
    ['training:\n  early_stopping: {|}', ['metric', 'patience']],
    [
      'data:\n  train: {file: a.tsv, |',
      [
        'text',
        'text_pair',
        'prompt',
        'completion',
        'input',
        'messages',
        'tokens',
        'label',
        'labels',
        'format',
        'delimiter',
        'columns',
        'encoding',
        'chat_template',
        'skip',
        'limit',
        'hub',
        'config',
        'split',
        'revision',
      ],
    ],
    ['methods:\n  - ln-tuning:\n      |', ['terms', 'norms', 'layers', 'added_bias', 'select', 'learning_rate']],
    ['methods:\n  - ln-tuning: {terms: gain, |}', ['norms', 'layers', 'added_bias', 'select', 'learning_rate']],
    [
      'methods:\n  - unified:\n      prefix:\n        |',
      ['length', 'positions', 'mlp', 'mlp_width', 'init', 'init_std', 'gated', 'learning_rate'],
    ],
    ['methods: {lora: {rank: 4, |}}', ['alpha', 'targets', 'layers', 'gated', 'learning_rate']],
  ])('%j', async (marked, expected) => {
    expect(await labels(marked)).toEqual(expected);
  });

  it('offers what is missing between other keys', async () => {
    const keys = await labels('training:\n  epochs: 3\n  |\n  seed: 1\n');
    expect(keys).toContain('batch_size');
    expect(keys).not.toContain('epochs');
    expect(keys).not.toContain('seed');
  });

  it('begins a file with a whole config that is right in itself', async () => {
    const text = await taken('|', 'a whole config');
    expect(checkConfig(text).diagnostics).toEqual([]);
    expect(await labels('name: x\n|')).not.toContain('a whole config');
    expect(await labels('training: {|}')).not.toContain('a whole config');
  });

  it('writes the colon, and opens a mapping on the next line', async () => {
    expect(await taken('tas|', 'task')).toBe('task: ');
    expect(await taken('tas|: regression', 'task')).toBe('task: regression');
    expect(await taken('train|', 'training')).toBe('training:\n  ');
    expect(await taken('training:\n  earl|', 'early_stopping')).toBe('training:\n  early_stopping:\n    ');
    expect(await taken('training: {earl|}', 'early_stopping')).toBe('training: {early_stopping: }');
    expect(await taken('data:\n  tra|', 'train')).toBe('data:\n  train: ');
  });

  it('shows type, description and finding', async () => {
    const found = (await at('training:\n  weight|')).find(({ label }) => label === 'weight_decay');
    expect(found).toMatchObject({ kind: 'key', detail: 'a number, 0 … 1' });
    expect(found?.documentation).toContain('> Decay pulls a LayerNorm gain toward 0');
  });
});

describe('completion of values', () => {
  it.each([
    ['task: |', tasks],
    ['task:|', tasks],
    ['task: class|', tasks],
    ['training: {keep_best: |', ['true', 'false']],
    ['training:\n  batch_size: |', ['16']],
    ['methods: [adapter: {at: |}]', ['attention', 'ffn']],
    ['methods: [ln-tuning: {terms: [gain, |]}]', ['gain', 'bias']],
    ['methods:\n  - prefix:\n      positions: |', ['shifted', 'unchanged']],
    [`${head}training: {early_stopping: {metric: |}}`, ['accuracy', 'loss', 'macro_f1', 'micro_f1', 'matthews']],
    ['training: {early_stopping: {metric: |}}', ['loss']],
    ['name: |', []],
    ['unknown: |', []],
    ['# task: |', []],
  ])('%j', async (marked, expected) => {
    expect(await labels(marked)).toEqual(expected);
  });

  it('tells what each task learns', async () => {
    const found = await at('task: |');
    expect(found[0]).toMatchObject({
      detail: 'Classification',
      documentation: 'A class for each text, or pair of texts.',
    });
    expect(new Set(found.map(({ documentation }) => documentation)).size).toBe(found.length);
  });

  it('marks the default, and puts a space after the colon', async () => {
    const found = await at('training:\n  lr_scheduler:|');
    expect(found.map(({ label, detail, insertText }) => [label, detail, insertText])).toEqual([
      ['linear', 'default', ' linear'],
      ['cosine', '', ' cosine'],
      ['constant', '', ' constant'],
    ]);
  });

  it('replaces the whole word', async () => {
    expect(await taken('task: cla|ssif', 'regression')).toBe('task: regression');
  });
});

describe('completion of methods', () => {
  it.each([
    'methods: |',
    'methods: [ln-tuning, |',
    'methods:\n  - |',
    'methods:\n  - ln-tuning\n  - pre|',
    'methods:\n  |',
  ])('offers methods and presets at %j', async (marked) => {
    const found = await labels(marked);
    for (const name of [
      'ln-tuning',
      'bitfit',
      'lora',
      'ia3',
      'prefix',
      'adapter',
      'full',
      'head-only',
      'unified',
      'mam',
      'houlsby',
      'pfeiffer',
    ]) {
      expect(found).toContain(name);
    }
  });

  it('begins with the methods that are compared, and ends with the two ends of every comparison', async () => {
    const found = await labels('methods: [|]');
    expect([found[0], ...found.slice(-2)]).toEqual(['ln-tuning', 'full', 'head-only']);
  });

  it('writes a list item where there is none yet', async () => {
    expect(await taken('methods:\n  |', 'unified')).toBe('methods:\n  - unified');
    expect(await taken('methods:\n  - |', 'unified')).toBe('methods:\n  - unified');
    expect(await taken('methods: [|]', 'unified')).toBe('methods: [unified]');
    expect(await taken('methods:\n  - pre|: {length: 8}', 'prefix')).toBe('methods:\n  - prefix: {length: 8}');
  });

  it('tells what each tunes, and what was found', async () => {
    const found = (await at('methods: [|]')).find(({ label }) => label === 'ln-tuning');
    expect(found).toMatchObject({ kind: 'method', detail: 'LN-tuning: 2d(2L+1) on BERT' });
    expect(found?.documentation).toContain('arXiv 2211.08682');
  });
});

describe('completion from the world', () => {
  it('lists files of data, and folders that lead to some', async () => {
    expect(await labels('data: {train: |}')).toEqual(['train.tsv', 'rows']);
    expect(await taken('data: {train: |}', 'rows')).toBe('data: {train: rows/}');
    expect(await labels('data: {train: rows/sst2/|}')).toEqual(['dev.jsonl']);
    expect(await labels('data:\n  train: models/|')).toEqual([]);
  });

  it('lists folders of models, those on the way to one, and models of the hub', async () => {
    const [first, ...others] = await at('model: |');
    expect(first).toMatchObject({ label: 'models', insertText: 'models/', detail: 'folder' });
    expect(others.map(({ label }) => label)).toContain('google-bert/bert-base-uncased');
    expect(others.every(({ detail }) => detail === 'on the hub')).toBe(true);
    expect((await at('model: models/|')).map(({ label, detail }) => [label, detail])).toEqual([['bert', 'model']]);
    expect(await taken('model: models/|', 'bert')).toBe('model: models/bert');
    expect(await labels('model: nowhere/|')).toEqual([]);
  });

  it('lists a Python, also in a folder whose name hides it', async () => {
    expect(await labels('python: |')).toEqual(['.venv']);
    expect(await taken('python: .venv/bin/|', 'python3.11')).toBe('python: .venv/bin/python3.11');
  });

  it('offers a folder that is too deep to be looked through', async () => {
    const folder = { name: 'deeper', kind: 'folder' as const };
    const deep: Listing = { ...listing, listFolder: async () => [folder] };
    expect((await complete('model: ', 7, deep)).map(({ label }) => label)[0]).toBe('deeper');
  });

  it('lists the columns of the split’s file, or of the training file', async () => {
    expect(await labels('data:\n  train: train.tsv\n  label: |')).toEqual(['sentence', 'label']);
    expect(await labels('data:\n  train: {file: train.tsv, text: |}')).toEqual(['sentence', 'label']);
    expect(await labels('data:\n  validation: {file: other.tsv, text: |}')).toEqual([]);
    expect(await labels('data:\n  label: |')).toEqual([]);
  });
});

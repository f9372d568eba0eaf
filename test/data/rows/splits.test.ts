import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import type { ResolvedSplit } from '../../../extension/config/resolved/resolve.ts';
import { findLabels, loadSplit, splitLike } from '../../../extension/data/rows/splits.ts';
import { loadTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import { plainSplit } from '../../config/support.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const tokenizer = await loadTokenizer(path.join(import.meta.dirname, '../../golden/tokenizers/wordpiece'));
const noReport = () => {};

function splitOf(folder: string, name: string, content: string, split: Partial<ResolvedSplit>): ResolvedSplit {
  writeFileSync(path.join(folder, name), content);
  return { ...plainSplit(name), text: null, ...split };
}

const options = (on_bad_row: 'error' | 'skip') => ({
  format: 'auto' as const,
  delimiter: null,
  columns: null,
  encoding: 'utf-8' as const,
  on_bad_row,
  max_length: 32,
  in_memory_mb: 100,
});
const configOf = (task: 'classification' | 'token-classification', train: ResolvedSplit) => ({
  task,
  data: { ...options('error'), train, validation: null, test: null, validation_split: null },
});

describe('splits', () => {
  it('read tags from JSONL and CoNLL alike, whatever the columns of the one are called', async () => {
    const folder = temporaryFolder();
    const names = { tokens: 'words', label: 'tags' };
    const lines = '{"words":["la","dina"],"tags":["B-X","O"]}\n{"words":["bake"],"tags":["I-X"]}\n';
    const train = splitOf(folder, 'a.jsonl', lines, { format: 'jsonl', ...names });
    const test = splitOf(folder, 'b.conll', 'la\tB-X\ndina\tO\n', { format: 'conll', ...names });
    const labels = await findLabels(configOf('token-classification', train), folder, noReport);
    expect(labels).toEqual(['B-X', 'I-X', 'O']);
    const use = { task: findTask('token-classification'), tokenizer, labels };
    const [first, second] = await Promise.all(
      [train, test].map((split) => loadSplit(split, options('error'), folder, use, noReport)),
    );
    expect(first!.rows.size).toBe(2);
    expect(second!.rows.example(0)).toEqual(first!.rows.example(0));
  });

  it('find unknown labels, empty ones and rows of the wrong width, and count them where they may be skipped', async () => {
    const folder = temporaryFolder();
    const train = splitOf(folder, 'a.tsv', 'label\ttext\n1\tla\n0\tdina\n', { text: 'text' });
    const content = 'label\ttext\n1\tla\n2\tla\n\tla\n0\n0\t \n0\tbake\n';
    const validation = splitOf(folder, 'b.tsv', content, { text: 'text' });
    const labels = await findLabels(configOf('classification', train), folder, noReport);
    const use = { task: findTask('classification'), tokenizer, labels };
    await expect(loadSplit(validation, options('error'), folder, use, noReport)).rejects.toThrow(
      'b.tsv:3: the label must be one of those in the training file (0, 1), got "2"; correct it, or set data.on_bad_row: skip',
    );
    const { rows, skipped } = await loadSplit(validation, options('skip'), folder, use, noReport);
    expect(rows.size).toBe(2);
    expect(skipped.examples.map(({ place }) => place.line)).toEqual([3, 4, 5, 6]);
  });

  it('read no more rows than their limit, and at least one', async () => {
    const folder = temporaryFolder();
    const train = splitOf(folder, 'a.tsv', 'label\ttext\n1\tla\n0\tdina\n1\tbake\n', { text: 'text', limit: 2 });
    const use = { task: findTask('classification'), tokenizer, labels: ['0', '1'] };
    expect((await loadSplit(train, options('error'), folder, use, noReport)).rows.size).toBe(2);
    const empty = splitOf(folder, 'b.tsv', 'label\ttext\n2\tla\n', { text: 'text' });
    await expect(loadSplit(empty, options('skip'), folder, use, noReport)).rejects.toThrow(
      'b.tsv: must have at least one usable row, got none; add rows, or check the columns',
    );
  });
});

describe('a file that is judged or predicted', () => {
  const folder = '/data';
  const like = (data: string, file: string) => {
    const text = `model: bert\ntask: classification\ndata: ${data}\nmethods: [ln-tuning]\n`;
    const split = splitLike(checkConfig(text).config!, folder, path.resolve(folder, file));
    const { format, delimiter, columns, encoding, text: column, skip, limit } = split;
    return { format, delimiter, columns, encoding, column, skip, limit };
  };
  const whole = { delimiter: null, columns: null, encoding: 'utf-8', column: 'text', skip: 0, limit: null };

  it.each([
    ['{train: train.txt, format: tsv}', 'new.txt', { format: 'tsv' }],
    ['{train: train.txt, format: tsv}', 'new', { format: 'tsv' }],
    ['{train: train.data, format: csv, delimiter: ";"}', 'new.txt', { format: 'csv', delimiter: ';' }],
    ['{train: {file: train.txt, format: csv, delimiter: ";"}}', 'new.txt', { format: 'csv', delimiter: ';' }],
    [
      '{train: train.tsv, columns: [label, text], encoding: latin1}',
      'new.tsv',
      { format: 'tsv', columns: ['label', 'text'], encoding: 'latin1' },
    ],
    ['{train: {file: train.tsv, columns: [label, text]}}', 'new.jsonl', { format: 'jsonl' }],
    ['{train: train.csv, delimiter: ";"}', 'new.parquet', { format: 'parquet', delimiter: ';' }],
    [
      '{train: a.tsv, validation: {file: b.csv, text: content}, test: {file: c.jsonl, text: body}}',
      'new.jsonl',
      { format: 'jsonl', column: 'body' },
    ],
    [
      '{train: {file: a.tsv, text: sentence}, validation: {file: b.tsv, text: content}}',
      'a.tsv',
      { format: 'tsv', column: 'sentence' },
    ],
    [
      '{train: {file: a.tsv, text: sentence}, validation: {file: b.tsv, text: content}}',
      'new.tsv',
      { format: 'tsv', column: 'content' },
    ],
  ])('with %s: %s is read as the config says', (data, file, expected) => {
    expect(like(data, file)).toEqual({ ...whole, ...expected });
  });

  it.each(['a.tsv', 'new.tsv'])('is read whole, whatever rows were trained on: %s', (file) => {
    expect(like('{train: {file: a.tsv, skip: 5, limit: 2}}', file)).toEqual({ ...whole, format: 'tsv' });
  });
});

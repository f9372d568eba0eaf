import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResolvedSplit } from '../../../extension/config/resolve.ts';
import { loadTokenizer } from '../../../extension/trainer/data/tokenizer.ts';
import { findLabels, loadSplit } from '../../../extension/trainer/session/splits.ts';
import { findTask } from '../../../extension/trainer/tasks/registry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const tokenizer = await loadTokenizer(path.join(import.meta.dirname, '../../golden/tokenizers/wordpiece'));
const noReport = () => {};

function splitOf(folder: string, name: string, content: string, split: Partial<ResolvedSplit>): ResolvedSplit {
  writeFileSync(path.join(folder, name), content);
  return {
    file: name,
    format: 'tsv',
    text: null,
    text_pair: null,
    tokens: null,
    label: 'label',
    limit: null,
    ...split,
  };
}

const options = (on_bad_row: 'error' | 'skip') => ({
  delimiter: null,
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

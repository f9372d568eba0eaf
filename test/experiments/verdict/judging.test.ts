import { describe, expect, it } from 'vitest';
import { judgingOf } from '../../../extension/experiments/verdict/judging.ts';
import { type TaskName, tasks } from '../../../extension/tasks/registry.ts';
import type { Task } from '../../../extension/tasks/task.ts';
import type { RecordParts } from '../../support/newRun.ts';
import { runEntry } from '../../support/runEntry.ts';

const hashes = { train: 't', validation: 'v', test: 'e' };
const labelled = (file: string, more: object = {}) => ({ file, text: 'text', label: 'label', ...more });
const reviews = { train: labelled('a/train.tsv'), validation: labelled('a/dev.tsv'), test: labelled('a/test.tsv') };

const judging = (parts: RecordParts, metric = 'accuracy', split?: 'test' | 'validation') =>
  judgingOf(runEntry({ record: { dataHashes: hashes, config: { data: reviews }, ...parts } }).record, metric, split);

/** Whether a run was judged as one of reviews was: on the same rows, or at least on rows of the same source. */
const alike = (parts: RecordParts, base: RecordParts = {}, metric = 'accuracy'): string => {
  const [one, other] = [judging(base, metric, 'validation'), judging(parts, metric, 'validation')];
  return one.rows === other.rows ? 'rows' : one.source === other.source ? 'source' : 'nothing';
};

describe('what judges a run', () => {
  it('is its test rows where there are some, else its validation rows', () => {
    expect(judging({})).toMatchObject({ split: 'test', file: 'test.tsv', isDrawn: false });
    expect(judging({ dataHashes: { train: 't', validation: 'v' } })).toMatchObject({
      split: 'validation',
      file: 'dev.tsv',
    });
    expect(judging({}, 'accuracy', 'validation').file).toBe('dev.tsv');
  });

  it.each([
    ['a/test.tsv', 'test.tsv'],
    ['C:\\w\\test.tsv', 'test.tsv'],
    ['hf://datasets/stanfordnlp/sst2@8d51e7e/default/validation/0000.parquet', 'stanfordnlp/sst2/validation'],
    ['hf://datasets/nyu-mll/glue@~parquet/mrpc/test/*.parquet', 'nyu-mll/glue/mrpc/test'],
    ['hf://datasets/me/films@1f0/data/test.csv', 'me/films/data/test.csv'],
  ])('names %s as %s', (file, name) =>
    expect(judging({ config: { data: { ...reviews, test: labelled(file) } } }).file).toBe(name),
  );

  it('is the same for other methods, seeds and training rows', () => {
    expect(alike({ methods: 'lora', seed: 2, dataHashes: { ...hashes, train: 'other' } })).toBe('rows');
    const moved = { ...reviews, validation: labelled('/elsewhere/copy.tsv') };
    expect(alike({ config: { data: moved }, baseFolder: '/elsewhere' })).toBe('rows');
  });

  it('is another for other contents, other rows of a file, another label, task or metric', () => {
    const reading = (more: object): RecordParts => ({
      config: { data: { ...reviews, validation: labelled('a/dev.tsv', more) } },
    });
    expect(alike({ dataHashes: { ...hashes, validation: 'other' } })).toBe('nothing');
    expect(alike(reading({ limit: 100 }))).toBe('nothing');
    expect(alike(reading({ skip: 100 }))).toBe('nothing');
    expect(alike(reading({ skip: 0, limit: null }))).toBe('rows');
    expect(alike(reading({ label: 'stars' }))).toBe('nothing');
    expect(alike(reading({ text: 'title' }))).toBe('rows');
    expect(alike({ task: 'regression' })).toBe('nothing');
    expect(judging({}).source).not.toBe(judging({}, 'loss').source);
  });

  it('is the file by its place where its contents are not on record', () => {
    const unknown = (file: string, baseFolder = '/w'): RecordParts => ({
      ...{ dataHashes: {}, baseFolder },
      config: { data: { ...reviews, validation: labelled(file) } },
    });
    expect(alike(unknown('dev.tsv'), unknown('dev.tsv'))).toBe('rows');
    expect(alike(unknown('dev.tsv'), unknown('films.tsv'))).toBe('nothing');
    expect(alike(unknown('dev.tsv', '/other'), unknown('dev.tsv'))).toBe('nothing');
  });

  it('is one source, but other rows, where each seed draws its own from the training rows', () => {
    const drawn = (seed: number, more: RecordParts = {}, share = 0.1): RecordParts => ({
      ...{ seed, dataHashes: { train: 't' } },
      config: { data: { train: reviews.train, validation: null, validation_split: share } },
      ...more,
    });
    expect(judging(drawn(1))).toMatchObject({ split: 'validation', file: 'train.tsv', isDrawn: true });
    expect(alike(drawn(1, { methods: 'lora' }), drawn(1))).toBe('rows');
    expect(alike(drawn(2), drawn(1))).toBe('source');
    expect(alike(drawn(1, {}, 0.2), drawn(1))).toBe('nothing');
  });

  it('counts tokens where texts are learned: one tokenizer, one length, and texts of any for what is written', () => {
    const spoken = (tokenizer: string, max_length = 128): RecordParts => ({
      ...{
        task: 'causal-lm',
        base: { commit: null, files: { 'config.json': tokenizer, 'tokenizer.json': tokenizer } },
      },
      config: { data: { validation: { file: 'dev.txt', text: 'text', label: null }, max_length } },
    });
    expect(alike(spoken('gpt2'), spoken('gpt2'), 'loss')).toBe('rows');
    expect(alike(spoken('smol'), spoken('gpt2'), 'perplexity')).toBe('source');
    expect(alike(spoken('gpt2', 512), spoken('gpt2'), 'loss')).toBe('source');
    expect(alike(spoken('smol', 512), spoken('gpt2'), 'rougeL')).toBe('rows');
  });

  it('is another where each seed hides other tokens of the same rows', () => {
    const hiding = (seed: number, mlm_probability = 0.15, task: RecordParts['task'] = 'masked-lm'): RecordParts => ({
      ...{
        task,
        seed,
        config: { data: { validation: { file: 'dev.txt', text: 'text' } }, training: { mlm_probability } },
      },
    });
    expect(alike(hiding(1), hiding(1), 'loss')).toBe('rows');
    expect(alike(hiding(2), hiding(1), 'loss')).toBe('source');
    expect(alike(hiding(1, 0.3), hiding(1), 'perplexity')).toBe('source');
    for (const { name, maskTokens } of tasks as readonly Task<TaskName>[]) {
      const other = alike(hiding(2, 0.3, name), hiding(1, 0.15, name), 'loss');
      expect(other, name).toBe(maskTokens === undefined ? 'rows' : 'source');
    }
  });

  it('is of no tokens where rows are labelled: other models of one task are compared', () => {
    const base = { commit: null, files: { 'tokenizer.json': 'other' } };
    expect(alike({ base, model: 'other' }, {}, 'loss')).toBe('rows');
  });
});

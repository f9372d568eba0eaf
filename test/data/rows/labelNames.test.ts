import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import type { ConfigDraft } from '../../../extension/config/resolved/resolve.ts';
import { withLabelNames, withNamesOfFile } from '../../../extension/data/rows/labelNames.ts';
import { columnsOf } from '../../../extension/data/rows/splitIndex.ts';
import { findLabels, loadSplit, splitLike } from '../../../extension/data/rows/splits.ts';
import { loadTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { worldOf } from '../../../extension/data/world.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const tokenizer = await loadTokenizer(path.join(import.meta.dirname, '../../golden/tokenizers/wordpiece'));
const noReport = () => {};
const options = { on_bad_row: 'error', max_length: 32 } as const;

/** A Parquet file as Hugging Face `datasets` writes it, with what it says of its columns. */
function writeParquet(file: string, columns: Record<string, unknown[]>, features: unknown): void {
  const data = parquetWriteBuffer({
    columnData: Object.entries(columns).map(([name, values]) => ({ name, data: values })),
    kvMetadata: [
      { key: 'pandas', value: '{}' },
      { key: 'huggingface', value: JSON.stringify({ info: { features } }) },
    ],
  });
  writeFileSync(file, new Uint8Array(data));
}

const classLabel = (names: readonly string[]) => ({ names, _type: 'ClassLabel' });
const polarity = { text: { dtype: 'string', _type: 'Value' }, label: classLabel(['neg', 'pos', 'mixed']) };

function configOf(task: 'classification' | 'token-classification', file: string, rest = ''): ConfigDraft {
  const data = `{train: ${file}, validation_split: 0.5, max_length: 32${rest}}`;
  return checkConfig(`model: bert\ntask: ${task}\ndata: ${data}\nmethods: [ln-tuning]\n`).config!;
}

describe('names of labels', () => {
  it('are those that a Parquet file holds, in their order, also the ones that no row has', async () => {
    const folder = temporaryFolder();
    writeParquet(path.join(folder, 'a.parquet'), { text: ['bake', 'lemo'], label: [1n, 0n] }, polarity);
    const config = await withLabelNames(configOf('classification', 'a.parquet'), folder);
    expect(await findLabels(config, folder, noReport)).toEqual(['neg', 'pos', 'mixed']);
    const use = { task: findTask('classification'), tokenizer, labels: ['neg', 'pos', 'mixed'] };
    const { rows } = await loadSplit(config.data.train, options, folder, use, noReport);
    expect([rows.example(0).target, rows.example(1).target]).toEqual([[1], [0]]);
    // The editor's check sees the same.
    const seen = await worldOf(folder).labels(configOf('classification', 'a.parquet').data.train, {
      task: 'classification',
      onBadRow: 'error',
    });
    expect(seen).toMatchObject({ distinct: ['neg', 'pos', 'mixed'], counts: [1, 1, 0], complete: true });
  });

  it.each([
    ['a list of today', { feature: classLabel(['O', 'B-a', 'I-a']), _type: 'List' }],
    ['a sequence', { feature: classLabel(['O', 'B-a', 'I-a']), length: -1, _type: 'Sequence' }],
    ['a list of old', [classLabel(['O', 'B-a', 'I-a'])]],
  ])('are found for tags in %s', async (_, label) => {
    const folder = temporaryFolder();
    const columns = { tokens: [['bake', 'lemo']], label: [[1, 2]] };
    writeParquet(path.join(folder, 'a.parquet'), columns, { label });
    const config = await withLabelNames(configOf('token-classification', 'a.parquet'), folder);
    expect(await findLabels(config, folder, noReport)).toEqual(['O', 'B-a', 'I-a']);
    const use = { task: findTask('token-classification'), tokenizer, labels: ['O', 'B-a', 'I-a'] };
    const { rows } = await loadSplit(config.data.train, options, folder, use, noReport);
    expect(rows.example(0).target.filter((label) => label >= 0)).toEqual([1, 2]);
  });

  it.each([
    ['nothing', {}],
    ['another column', { other: classLabel(['a', 'b']) }],
    ['a number of classes only', { label: { num_classes: 2, _type: 'ClassLabel' } }],
    ['one name twice', { label: classLabel(['a', 'a']) }],
    ['a value', { label: { dtype: 'int64', _type: 'Value' } }],
  ])('stay numbers where the file names %s', async (_, features) => {
    const folder = temporaryFolder();
    writeParquet(path.join(folder, 'a.parquet'), { text: ['bake', 'lemo'], label: [1, 0] }, features);
    const config = await withLabelNames(configOf('classification', 'a.parquet'), folder);
    expect(await findLabels(config, folder, noReport)).toEqual(['0', '1']);
  });

  it('come from the config before those of the file, and names in the file stay as they are', async () => {
    const folder = temporaryFolder();
    writeParquet(path.join(folder, 'a.parquet'), { text: ['bake', 'lemo'], label: [1, 0] }, polarity);
    const labels = ['bad', 'good'];
    const config = await withLabelNames(configOf('classification', 'a.parquet', ', labels: [bad, good]'), folder);
    expect(await findLabels(config, folder, noReport)).toEqual(labels);
    writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\nbake\tgood\nlemo\t0\n');
    const tsv = configOf('classification', 'a.tsv', ', labels: [bad, good]');
    const use = { task: findTask('classification'), tokenizer, labels };
    const { rows } = await loadSplit(tsv.data.train, options, folder, use, noReport);
    expect([rows.example(0).target, rows.example(1).target]).toEqual([[1], [0]]);
  });

  it('must be there for each label', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\nbake\t1\nlemo\t2\n');
    const config = configOf('classification', 'a.tsv', ', labels: [bad, good]');
    await expect(findLabels(config, folder, noReport)).rejects.toThrow(
      /a\.tsv:3: the label must be one of bad, good, or its number from 0, got "2"; correct it, or data\.labels/,
    );
  });

  describe('that are numbers themselves', () => {
    const stars = ['1', '2', '3', '4', '5'];
    const use = { task: findTask('classification'), tokenizer, labels: stars };
    const targets = async ({ data }: ConfigDraft, folder: string, labels = stars) => {
      const { rows } = await loadSplit(data.train, options, folder, { ...use, labels }, noReport);
      return Array.from({ length: rows.size }, (_, i) => rows.example(i).target[0]);
    };
    const texts = ['bake', 'lemo', 'bake', 'lemo', 'bake'];

    it('belong to the numbers of a Parquet file by their places, also as tags', async () => {
      const folder = temporaryFolder();
      const columns = { text: texts, label: [0, 1, 2, 3, 4], tokens: texts.map((text) => [text]) };
      writeParquet(path.join(folder, 'a.parquet'), columns, { label: classLabel(stars) });
      const config = await withLabelNames(configOf('classification', 'a.parquet'), folder);
      expect(await findLabels(config, folder, noReport)).toEqual(stars);
      expect(await targets(config, folder)).toEqual([0, 1, 2, 3, 4]);
      // A run that began before names were read has the numbers as its labels.
      expect(await targets(config, folder, ['0', '1', '2', '3', '4'])).toEqual([0, 1, 2, 3, 4]);
      const seen = await worldOf(folder).labels(configOf('classification', 'a.parquet').data.train, {
        task: 'classification',
        onBadRow: 'error',
      });
      expect(seen).toMatchObject({ distinct: stars, counts: [1, 1, 1, 1, 1] });
      writeParquet(
        path.join(folder, 'b.parquet'),
        { tokens: [texts], label: [[0, 1, 2, 3, 4]] },
        { label: { feature: classLabel(stars), _type: 'List' } },
      );
      const tags = await withLabelNames(configOf('token-classification', 'b.parquet'), folder);
      const { rows } = await loadSplit(
        tags.data.train,
        options,
        folder,
        { ...use, task: findTask('token-classification') },
        noReport,
      );
      expect(rows.example(0).target.filter((label) => label >= 0)).toEqual([0, 1, 2, 3, 4]);
    });

    it('are names where a Parquet file has them as texts', async () => {
      const folder = temporaryFolder();
      writeParquet(path.join(folder, 'a.parquet'), { text: ['bake', 'lemo'], label: ['1', '5'] }, {});
      expect(
        await targets(configOf('classification', 'a.parquet', `, labels: ${JSON.stringify(stars)}`), folder),
      ).toEqual([0, 4]);
    });

    it('are the only labels of other files, which are refused with numbers from 0', async () => {
      const folder = temporaryFolder();
      const config = configOf('classification', 'a.tsv', `, labels: ${JSON.stringify(stars)}`);
      writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\nbake\t1\nlemo\t5\n');
      expect(await targets(config, folder)).toEqual([0, 4]);
      writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\nbake\t1\nlemo\t0\n');
      const message =
        'the label must be one of 1, 2, 3, 4, 5 (their numbers from 0 are names too), got "0"; write the names, or leave data.labels out';
      await expect(findLabels(config, folder, noReport)).rejects.toThrow(message);
      const seen = await worldOf(folder).labels(config.data.train, { task: 'classification', onBadRow: 'error' });
      expect(seen!.problem!.message).toContain(message);
      await expect(targets(config, folder)).rejects.toThrow(
        'the label must be one of those in the training file (1, 2, 3, 4, 5), got "0"',
      );
    });
  });

  it('changes nothing in a run that began with numbers', async () => {
    const folder = temporaryFolder();
    writeParquet(path.join(folder, 'a.parquet'), { text: ['bake', 'lemo'], label: [1, 0] }, polarity);
    const { data } = await withLabelNames(configOf('classification', 'a.parquet'), folder);
    const use = { task: findTask('classification'), tokenizer, labels: ['0', '1'] };
    const { rows } = await loadSplit(data.train, options, folder, use, noReport);
    expect(rows.example(0).target).toEqual([1]);
  });

  it('takes the names of another file where it has any', async () => {
    const folder = temporaryFolder();
    writeParquet(path.join(folder, 'b.parquet'), { text: ['bake'], label: [0] }, { label: classLabel(['pos', 'neg']) });
    writeFileSync(path.join(folder, 'c.tsv'), 'text\tlabel\nbake\t0\n');
    const like = async (file: string, rest: string) => {
      const config = configOf('classification', 'a.parquet', rest);
      const split = splitLike(config, folder, path.join(folder, file));
      return columnsOf(await withNamesOfFile(split, folder)).labelNames;
    };
    expect(await like('b.parquet', '')).toEqual(['pos', 'neg']);
    expect(await like('b.parquet', ', labels: [neg, pos]')).toEqual(['pos', 'neg']);
    expect(await like('b.parquet', ', labels: [bad, good]')).toEqual(['bad', 'good']);
    expect(await like('c.tsv', ', labels: [neg, pos]')).toEqual(['neg', 'pos']);
  });
});

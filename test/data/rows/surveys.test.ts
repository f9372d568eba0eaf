import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { findLabels } from '../../../extension/data/rows/splits.ts';
import { Surveys } from '../../../extension/data/rows/surveys.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

function configOn(folder: string, rows: string) {
  writeFileSync(path.join(folder, 'train.tsv'), `text\tlabel\n${rows}`);
  const yaml = 'model: m\ntask: classification\nmethods: [ln-tuning]\ndata: {train: train.tsv, validation_split: 0.5}';
  return checkConfig(Buffer.from(yaml)).config!;
}
const reading = { task: 'classification', onBadRow: 'error' } as const;

describe('Surveys', () => {
  it('answers from one reading for as long as the file stays as it is', async () => {
    const folder = temporaryFolder();
    const { data, task } = configOn(folder, 'a\tbad\nb\tgood\n');
    const surveys = new Surveys();
    const facts = surveys.take(data.train, folder, reading);
    expect(surveys.take(data.train, folder, reading)).toBe(facts);
    await facts;
    expect(await findLabels({ data, task }, folder, () => {}, surveys)).toEqual(['bad', 'good']);
    const sha256 = createHash('sha256').update('text\tlabel\na\tbad\nb\tgood\n').digest('hex');
    expect(await surveys.hashOf(data.train, folder, reading)!.whole(() => {})).toBe(sha256);

    configOn(folder, 'a\tbad\nb\tgood\nc\tneutral\n');
    expect(surveys.hashOf(data.train, folder, reading)).toBeUndefined();
    expect(await findLabels({ data, task }, folder, () => {}, surveys)).toEqual(['bad', 'good', 'neutral']);
    expect((await surveys.take(data.train, folder, reading)).rows).toBe(3);
  });

  it('counts the rows that repeat the header', async () => {
    const folder = temporaryFolder();
    const { data } = configOn(folder, 'a\tbad\ntext\tlabel\nb\tgood\ntext\tbad\n\ntext\tlabel\n');
    expect((await new Surveys().take(data.train, folder, reading)).headers).toEqual({ count: 2, firstLine: 3 });
    const one = configOn(folder, 'a\tbad\nb\tgood\n');
    expect((await new Surveys().take(one.data.train, folder, reading)).headers).toBeUndefined();
  });

  it.each([
    ['those with a quote inside', '"a ""b"" c"\tx\nplain\ty\n"d ""e"""\tx\n', { count: 2, firstLine: 2 }],
    ['all of them', '"a"\t"x"\n"b"\t"y"\n', { count: 2, firstLine: 2 }],
    ['not one saying', '"Hello there"\tx\nplain\ty\n', undefined],
    ['not where others have quotes of their own', '"a ""b"""\tx\nsay "so"\ty\n', undefined],
    ['not empty quotes', 'he said "" and\tx\nplain\ty\n', undefined],
  ])('finds texts that are quoted as in CSV: %s', async (_, rows, quoted) => {
    const folder = temporaryFolder();
    const { data } = configOn(folder, rows);
    expect((await new Surveys().take(data.train, folder, reading)).quoted).toEqual(quoted);
  });

  it('knows no labels of a file that it has not read to its end', async () => {
    const folder = temporaryFolder();
    const { data } = configOn(folder, 'a\tbad\nbroken\n');
    const surveys = new Surveys();
    expect((await surveys.take(data.train, folder, reading)).problem?.message).toContain('train.tsv:3');
    expect(await surveys.labelsOf(data.train, folder, reading)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { configStem, dataName } from '../../extension/view/runNames.ts';
import { runEntry } from '../support/runEntry.ts';

describe('what is written beside a config', () => {
  it.each([
    ['reviews.peft.yaml', 'reviews'],
    ['a.b/reviews-2.PEFT.yml', 'a.b/reviews-2'],
    ['bert.yaml', 'bert'],
    ['notes.txt', 'notes.txt'],
  ])('takes its name from %s without the ending', (file, stem) => expect(configStem(file)).toBe(stem));
});

describe('the name of the data', () => {
  it.each([
    ['sst2/train.tsv', 'sst2'],
    ['/w/reviews-train.tsv', 'reviews'],
    ['hf://datasets/stanfordnlp/sst2@8d51e7e/default/train/0000.parquet', 'sst2'],
    ['hf://datasets/nyu-mll/glue@refs%2Fconvert%2Fparquet/mrpc/train/0000.parquet', 'mrpc'],
    ['hf://datasets/me/films/data/train-00000-of-00001.parquet', 'films'],
    ['hf://datasets/me/films/train.csv', 'films'],
  ])('of %s is %s', (file, name) => {
    const { record } = runEntry({ record: { config: { data: { train: { file } } } } });
    expect(dataName({ record })).toBe(name);
  });
});

import { describe, expect, it } from 'vitest';
import { findings } from '../support.ts';

const found = (data: string) => findings(`model: bert\ntask: classification\ndata: ${data}\nmethods: ln-tuning\n`);
const shared = 'should be rows of their own, got those that';

describe('rows of two splits', () => {
  it('are told where validation reads what is trained on, with what sets them apart', () => {
    expect(found('{train: a.tsv, validation: ./x/../a.tsv}')).toEqual([
      `3:22 warning data.validation: ${shared} data.train trains on (all rows of ./x/../a.tsv), so scores are too good; name another file, or set validation_split: 0.1 in its place`,
    ]);
    expect(found('{train: a.tsv, validation: {file: a.tsv, limit: 100}}')).toEqual([
      `3:22 warning data.validation: ${shared} data.train trains on (rows 1 … 100 of a.tsv), so scores are too good; set data.train.skip: 100`,
    ]);
    expect(found('{train: {file: a.tsv, limit: 150}, validation: {file: a.tsv, skip: 149}}')).toEqual([
      `3:42 warning data.validation: ${shared} data.train trains on (row 150 of a.tsv), so scores are too good; set data.validation.skip: 150`,
    ]);
    expect(found('{train: {file: a.tsv, skip: 10}, validation: {file: a.tsv, skip: 5}}')).toEqual([
      `3:40 warning data.validation: ${shared} data.train trains on (the rows from 11 on of a.tsv), so scores are too good; name another file, or set validation_split: 0.1 in its place`,
    ]);
  });

  it('are told once where the test reads what a step is chosen by, or what is trained on', () => {
    expect(found('{train: a.tsv, validation: b.tsv, test: b.tsv}')).toEqual([
      `3:41 warning data.test: ${shared} data.validation chooses the best step by (all rows of b.tsv), so scores are too good; name another file`,
    ]);
    expect(found('{train: a.tsv, validation_split: 0.1, test: a.tsv}')).toEqual([
      `3:45 warning data.test: ${shared} data.train trains on (all rows of a.tsv), so scores are too good; name another file`,
    ]);
  });

  it('are told of a file of the hub by either of its names', () => {
    const url = 'hf://datasets/a/b@~parquet/default/train/0000.parquet';
    expect(found(`{train: {hub: a/b}, validation: "${url}"}`)).toHaveLength(1);
    expect(found(`{train: {hub: a/b}, validation: {hub: a/b}}`)).toEqual([]);
  });

  it.each([
    '{train: a.tsv, validation: b.tsv, test: c.tsv}',
    '{train: {file: a.tsv, limit: 150}, validation: {file: a.tsv, skip: 150}}',
    '{train: {file: a.tsv, skip: 150}, validation: {file: ./a.tsv, limit: 100}, test: {file: a.tsv, skip: 100, limit: 50}}',
    '{train: ../a.tsv, validation: a.tsv, test: /a.tsv}',
  ])('are not mistaken for shared ones: %s', (data) => {
    expect(found(data)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { type NamedRows, titlesApart } from '../../../extension/experiments/verdict/titlesApart.ts';

const rows = (path: string, more: Partial<NamedRows> = {}): NamedRows => ({
  ...{ file: path.split('/').at(-1)!, path, part: '', metric: 'accuracy', since: '2025-01-01T10:00:00' },
  ...more,
});

describe('titles of several sets of rows', () => {
  it('are the names of their files', () => {
    expect(titlesApart([rows('/home/me/sst2/test.tsv'), rows('/home/me/mrpc/dev.tsv')])).toEqual([
      'test.tsv',
      'dev.tsv',
    ]);
  });

  it('have as many folders as tell files of one name apart', () => {
    expect(titlesApart([rows('/home/me/sst2/test.tsv'), rows('/home/me/mrpc/test.tsv'), rows('x.tsv')])).toEqual([
      'sst2/test.tsv',
      'mrpc/test.tsv',
      'x.tsv',
    ]);
    expect(titlesApart([rows('/sst2/v1/test.tsv'), rows('/mrpc/v1/test.tsv')])).toEqual([
      'sst2/v1/test.tsv',
      'mrpc/v1/test.tsv',
    ]);
  });

  it('say which rows, which metric and which day, where the file does not tell', () => {
    const part = rows('a/test.tsv', { part: 'at most 10 rows' });
    expect(titlesApart([rows('a/test.tsv'), part])).toEqual(['test.tsv', 'test.tsv, at most 10 rows']);
    expect(titlesApart([rows('a/test.tsv'), rows('a/test.tsv', { metric: 'macro_f1' })])).toEqual([
      'test.tsv, accuracy',
      'test.tsv, macro_f1',
    ]);
    expect(titlesApart([rows('a/test.tsv'), rows('a/test.tsv', { since: '2025-02-01T10:00:00' })])).toEqual([
      'test.tsv, as of 2025-01-01 10:00:00',
      'test.tsv, as of 2025-02-01 10:00:00',
    ]);
  });

  it('keep the names of data sets of the hub', () => {
    const hub = (name: string) => rows('hf://x/0000.parquet', { file: name });
    expect(titlesApart([hub('a/sst2/test'), hub('b/sst2/test')])).toEqual(['a/sst2/test', 'b/sst2/test']);
  });
});

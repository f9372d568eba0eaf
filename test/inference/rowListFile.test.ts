import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowListFile } from '../../extension/inference/rowListFile.ts';

const base = path.resolve('/w');
const nameOf = (file: string) =>
  path.basename(rowListFile(path.resolve('/runs/r'), 'misclassified', path.resolve(file), base));

describe('lists of rows', () => {
  it('are named by the data file, with its folder where it is not beside the config', () => {
    expect(nameOf('/w/test.tsv')).toBe('misclassified-test.tsv.jsonl');
    expect(nameOf('/w/dev/rows.tsv')).toMatch(/^misclassified-dev-rows\.tsv-[\da-f]{6}\.jsonl$/);
  });

  it('are as many as there are data files, whatever their names have where others have folders', () => {
    const files = ['/w/x/y-z.tsv', '/w/x-y/z.tsv', '/w/x/y/z.tsv', '/w/x-y-z.tsv'];
    expect(new Set(files.map(nameOf)).size).toBe(4);
  });

  it('are two for files of one name and folder elsewhere, as those of two data sets of the hub', () => {
    const [sst2, imdb] = ['sst2', 'imdb'].map((set) => nameOf(`/cache/${set}/test/0000.parquet`));
    expect(sst2).toMatch(/^misclassified-test-0000\.parquet-[\da-f]{6}\.jsonl$/);
    expect(imdb).not.toBe(sst2);
  });
});

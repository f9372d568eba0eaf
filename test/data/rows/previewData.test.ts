import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { previewData } from '../../../extension/data/rows/previewData.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('a preview of a data file', () => {
  it('shows what each column holds: first different values, each on one short line, and how many there are', async () => {
    const file = path.join(temporaryFolder(), 'films.csv');
    const rows = [1, 2, 3, 4].map((id) => `${id},"${'so\nvery '.repeat(10)}good ${id}",${id % 2 ? 'yes' : 'no'}`);
    writeFileSync(file, ['id,text,label', ...rows].join('\n'));
    const { columns, rows: looked, task } = await previewData(file);
    expect(looked).toBe(4);
    expect(task).toBe('classification');
    expect(columns.map(({ name, distinct }) => [name, distinct])).toEqual([
      ['id', 4],
      ['text', 4],
      ['label', 2],
    ]);
    expect(columns[0]!.samples).toEqual(['1', '2', '3']);
    expect(columns[1]!.samples[0]).toBe('so very so very so very so very so very…');
    expect(columns[2]!.samples).toEqual(['yes', 'no']);
  });

  it.each([
    ['reviews.csv', ';'],
    ['reviews.csv', '\t'],
    ['reviews.tsv', ';'],
  ])('finds what separates the fields of %s where its ending says otherwise: %j', async (name, delimiter) => {
    const file = path.join(temporaryFolder(), name);
    const lines = ['Satz;Urteil', 'gut, sehr gut;ja', 'schlecht;nein', 'ganz gut;ja'];
    writeFileSync(file, lines.join('\n').replaceAll(';', delimiter));
    const preview = await previewData(file);
    expect(preview).toMatchObject({ delimiter, task: 'classification', labels: ['ja', 'nein'] });
    expect(preview.guesses.classification).toEqual({ text: 'Satz', label: 'Urteil' });
    expect((await previewData(file, null)).columns).toHaveLength(1);
  });

  it('leaves a single column of texts whole, whatever stands in them', async () => {
    const file = path.join(temporaryFolder(), 'notes.csv');
    writeFileSync(file, 'a; b\none\ntwo; three\n');
    expect(await previewData(file)).toMatchObject({ delimiter: null, columns: [{ name: 'a; b' }] });
  });

  it('says why there is no row to look at', async () => {
    const folder = temporaryFolder();
    const file = (content: string | Buffer): string => {
      writeFileSync(path.join(folder, 'a.csv'), content);
      return path.join(folder, 'a.csv');
    };
    const bytes = Buffer.from('text,label\n\xfeahane,1\n\xfek,0\n', 'latin1');
    await expect(previewData(file(bytes))).rejects.toThrow(
      /a\.csv:2: must be UTF-8, got other bytes; save the file as/,
    );
    await expect(previewData(file(''))).rejects.toThrow(/a\.csv: must have a row, got none; choose a file with rows/);
  });
});

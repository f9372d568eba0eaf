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
});

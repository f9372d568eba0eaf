import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { ResolvedSplit } from '../../extension/config/resolved/resolve.ts';
import { columnsOf } from '../../extension/data/rows/splitIndex.ts';
import { computeRows } from '../../extension/inference/fileRows.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const none = { text_pair: null, prompt: null, completion: null, tokens: null, label: null, labels: null } as const;

/** What reading a file says that is wrong with it, read as that of a run on `Satz;Urteil`. */
async function refusal(content: string, named: Partial<ResolvedSplit> = {}, otherColumn?: string): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'a.csv'), content, 'latin1');
  const split: ResolvedSplit = {
    ...none,
    ...{ file: 'a.csv', format: 'csv', text: 'Satz', label: 'Urteil', delimiter: ';', columns: null },
    ...{ encoding: 'utf-8', skip: 0, limit: null },
    ...named,
  };
  const { chunks } = computeRows({
    ...{ split, baseFolder: folder, columns: columnsOf(split), onBadRow: 'error' },
    read: (row) => row,
    lengthOf: () => 1,
    compute: async (batch) => batch,
    atOnce: { rows: 8, tokens: 8 },
    ...(otherColumn !== undefined && { otherColumn }),
  });
  try {
    for await (const _ of chunks);
  } catch (error) {
    return path.basename(String(error));
  }
  return '';
}

it('says how a file is read where a config could set that, which a run keeps', async () => {
  const form = 'write the file as it is read here: UTF-8, fields separated by ";", columns Satz, Urteil';
  expect(await refusal('Satz,Urteil\ngut,ja\n')).toBe(
    `a.csv:1: there must be a column \`Satz\`, got \`Satz,Urteil\`; ${form}`,
  );
  expect(await refusal('Satz;Urteil\nschön;ja\n')).toBe(`a.csv:2: must be UTF-8, got other bytes; ${form}`);
  expect(await refusal('Text;Urteil\ngut;ja\n')).toContain(form);
  expect(await refusal('gut,ja\n\xff\0,\n', { columns: ['Satz', 'Urteil'], delimiter: null })).not.toContain('data.');
});

it('names the option that takes another column', async () => {
  const byOption = 'name the column with the prompts by --column';
  expect(await refusal('Frage;Urteil\ngut;ja\n', {}, byOption)).toMatch(
    /columns Satz, Urteil, or name the column with/,
  );
  expect(await refusal('Satz;Urteil\nsch\xf6n;ja\n', {}, byOption)).not.toContain('--column');
});

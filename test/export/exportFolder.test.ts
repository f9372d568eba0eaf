import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exportFolder } from '../../extension/export/exportFolder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const write = async (aside: string): Promise<string> => {
  mkdirSync(aside);
  writeFileSync(path.join(aside, 'model'), 'weights');
  return 'equal';
};

it('makes the folders above what is written', async () => {
  const out = path.join(temporaryFolder(), 'models', 'best');
  expect(await exportFolder(out, write)).toEqual({ files: [path.join(out, 'model')], verified: 'equal' });
});

it('names the place and the cure where no folder can be made, and writes nothing', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'file'), '');
  const out = path.join(folder, 'file', 'models', 'best');
  await expect(exportFolder(out, write)).rejects.toThrow(/models.best: must be .*; choose another$/);
  expect(readdirSync(folder)).toEqual(['file']);
});

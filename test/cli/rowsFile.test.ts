import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { rowsFile } from '../../extension/cli/rowsFile.ts';
import { dataFilePath } from '../../extension/data/rows/dataFile.ts';
import { type HubServer, startHub } from '../support/hubServer.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const commit = 'a'.repeat(40);
const bytes = Buffer.from('text\nfine\n');
let hub: HubServer | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub?.close();
});

it('a file of rows that an option names starts from where the command runs', async () => {
  expect(await rowsFile('data/test.tsv', () => {})).toBe(path.resolve('data/test.tsv'));
});

it('one of the hub is brought into the cache, to where a config finds it by the same address', async () => {
  const files = { 'default/test/0000.parquet': { bytes, lfs: true as const }, 'data/test.tsv': { bytes } };
  const refs = { main: commit, 'refs/convert/parquet': commit };
  hub = await startHub({ 'datasets/acme/reviews': { refs, commits: { [commit]: files } } });
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_HOME', temporaryFolder());
  for (const rest of ['/data/test.tsv', '@~parquet/default/test/*.parquet']) {
    const address = `hf://datasets/acme/reviews${rest}`;
    const file = await rowsFile(address, () => {});
    expect(readFileSync(file)).toEqual(bytes);
    expect(file).toBe(dataFilePath(address, '/anywhere'));
  }
  await expect(rowsFile('hf://datasets/acme/reviews/none.tsv', () => {})).rejects.toThrow(/has no none.tsv/);
});

it('an address that is none is refused with how one looks', async () => {
  await expect(rowsFile('hf://acme/reviews/test.tsv', () => {})).rejects.toThrow(
    'hf://acme/reviews/test.tsv: must be hf://datasets/OWNER/NAME/PATH or hf://datasets/OWNER/NAME@REVISION/PATH; copy the path from "Files and versions" on the data set\'s page',
  );
});

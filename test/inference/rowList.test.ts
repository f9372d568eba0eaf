import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RowList } from '../../extension/inference/rowList.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const nextTo = (folder: string): string => path.join(folder, 'misclassified-test.tsv.jsonl');

it('lies in the run folder once it is whole', async () => {
  const file = nextTo(temporaryFolder());
  const list = new RowList(file);
  await list.write({ line: 2 });
  expect(await list.finish()).toEqual({ file });
  expect(readFileSync(file, 'utf8')).toBe('{"line":2}\n');
});

it('tells why it could not be kept, where the folder takes no file, and ends nothing', async () => {
  const missing = nextTo(path.join(temporaryFolder(), 'missing'));
  const taken = nextTo(temporaryFolder());
  mkdirSync(taken);
  for (const list of [new RowList(missing), new RowList(taken)]) {
    for (let line = 0; line < 3; line++) await list.write({ line, text: 'x'.repeat(70_000) });
    const { file, problem } = await list.finish();
    expect(file).toBeUndefined();
    expect(problem).toMatch(
      /misclassified-test\.tsv\.jsonl: (cannot be written, got EISDIR|the run folder has been deleted or renamed)/,
    );
    await list.discard();
  }
  expect(readdirSync(path.dirname(taken))).toEqual([path.basename(taken)]);
});

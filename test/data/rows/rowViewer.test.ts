import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRowViewer } from '../../../extension/data/rows/rowViewer.ts';
import { readConfig } from '../../../extension/training/prepare/checkedConfig.ts';
import { smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

async function viewerOf(extra: Record<string, unknown> = {}) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'rows.jsonl'), '{"text": "good", "label": "a"}\n{"text": "bad", "label": "b"}\n');
  writeFileSync(path.join(folder, 'rows.csv'), 'text,label\ngood,a\nbad,b\n');
  const { config } = await readConfig(smallConfig(folder, extra), []);
  return { folder, config, viewer: await openRowViewer(config!, folder) };
}

describe('rows for the editor', () => {
  it('are the first ones of the training file', async () => {
    const { viewer } = await viewerOf();
    const rows = await viewer.first(3);
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(rows.every((row) => 'tokens' in row && row.tokens.length > 2)).toBe(true);
  });

  it('are a line of a file that the config names, as it stands in the editor', async () => {
    const { folder, viewer } = await viewerOf({ data: { train: 'rows.jsonl', max_length: 64 } });
    const file = path.join(folder, 'rows.jsonl');
    expect(viewer.line(file, 7, '{"text": "not yet saved", "label": "a"}')).toMatchObject({ line: 7, label: 'a' });
    expect(viewer.line(file, 8, '{"text": ')).toMatchObject({
      line: 8,
      problem: expect.stringContaining('must be JSON'),
    });
    expect(viewer.line(file, 9, '{"label": "a"}')).toMatchObject({
      line: 9,
      problem: expect.stringContaining('the column `text` is missing'),
    });
    expect(viewer.line(path.join(folder, 'other.jsonl'), 1, '{}')).toBeUndefined();
  });

  it('are told with the tokenizer as it now is', async () => {
    const { folder, config } = await viewerOf();
    const model = path.join(folder, 'model');
    cpSync(config!.model, model, { recursive: true });
    const textsOf = async () => {
      const { viewer } = await viewerOf({ model });
      const [row] = await viewer.first(1);
      return 'tokens' in row! ? row.tokens.map(({ text }) => text) : [];
    };
    const before = await textsOf();
    const file = path.join(model, 'tokenizer.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"[CLS]"', '"[cls]"'));
    expect(await textsOf()).not.toEqual(before);
  });

  it('are no lines of a table, which has its names in the first', async () => {
    const { folder, viewer } = await viewerOf({ data: { train: 'rows.csv' } });
    expect(viewer.line(path.join(folder, 'rows.csv'), 2, 'good,a')).toBeUndefined();
  });
});

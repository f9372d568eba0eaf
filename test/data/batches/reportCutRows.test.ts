import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutRows } from '../../../extension/data/batches/reportCutRows.ts';
import { Surveys } from '../../../extension/data/rows/surveys.ts';
import { readConfig } from '../../../extension/training/prepare/checkedConfig.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** What reading shows of data in a folder beside the config's own, in places of two tokens. */
async function reported(validation: string) {
  const folder = temporaryFolder();
  const base = path.join(folder, 'configs');
  mkdirSync(base);
  writeFileSync(path.join(folder, 'train.tsv'), 'text\tlabel\na good film\t1\na bad one\t0\n');
  writeFileSync(path.join(folder, 'dev.tsv'), validation);
  const file = path.join(base, 'reviews.peft.yaml');
  const data = { train: '../train.tsv', validation: '../dev.tsv', max_length: 4 };
  const model = path.resolve('examples/model');
  writeFileSync(file, JSON.stringify({ model, task: 'classification', data, methods: ['bitfit'] }));
  // Its own checks would refuse a label before all rows are read.
  const { config } = await readConfig(file, ['data.validation=../train.tsv'], 'counting');
  const dev = { ...config!.data.train, file: '../dev.tsv' };
  return await cutRows({ ...config!, data: { ...config!.data, validation: dev } }, base, new Surveys());
}

describe('cutRows', () => {
  it('says of each split how many rows are cut', async () => {
    const { cut, problem } = await reported('text\tlabel\na good film\t1\n');
    expect(Object.keys(cut)).toEqual(['train', 'validation']);
    expect(problem).toBeUndefined();
  });

  it('says of each split whose words the model does not know', async () => {
    const { cut } = await reported('text\tlabel\n😀\t1\n😡\t0\n');
    expect(cut.validation).toMatch(/^2 of 2 rows \(100 %; the first is row 1\) have words that .* does not know/);
    expect(cut.train).not.toContain('does not know');
  });

  it('names the split that cannot be read, wherever its file lies', async () => {
    const { problem } = await reported('text\tlabel\na good film\t2\n');
    expect(problem).toEqual({
      split: 'validation',
      message: expect.stringContaining('dev.tsv:2: the label must be one of'),
    });
  });
});

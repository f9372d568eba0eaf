import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowTexts } from '../../extension/inference/rowTexts.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

async function runJudgedBy(text: string, data: Record<string, unknown> = {}) {
  const folder = temporaryFolder();
  const config = smallConfig(folder, {
    data: { train: 'train.tsv', validation: 'validation.tsv', test: 'test.tsv', max_length: 64, ...data },
  });
  const file = path.join(folder, 'test.tsv');
  writeFileSync(file, text);
  return { file, record: readRunRecord(await createRun(config)) };
}

describe('texts of judged rows', () => {
  it('come in the order of the outcomes, without rows that training skipped', async () => {
    const text = 'text\tlabel\nfine\tpositive\n\tnegative\nlost its way\tnegative\n';
    const { record } = await runJudgedBy(text, { on_bad_row: 'skip' });
    expect(await rowTexts(record, 'test')).toEqual([
      { line: 2, text: 'fine', label: 'positive' },
      { line: 4, text: 'lost its way', label: 'negative' },
    ]);
  });

  it('are refused when the file is another one now', async () => {
    const { record, file } = await runJudgedBy('text\tlabel\nfine\tpositive\n');
    appendFileSync(file, 'late\tnegative\n');
    await expect(rowTexts(record, 'test')).rejects.toThrow(
      `${file}: must be the file that judged the runs, got another text; put it back to see its rows`,
    );
  });
});

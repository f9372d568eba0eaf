import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rowTexts } from '../../extension/inference/rowTexts.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

afterEach(() => vi.unstubAllEnvs());

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

  it('come from the cache where the file is one of the hub', async () => {
    const home = temporaryFolder();
    vi.stubEnv('HF_HOME', home);
    vi.stubEnv('HF_HUB_CACHE', undefined);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const commit = 'c'.repeat(40);
    const snapshot = path.join(home, 'hub', 'datasets--acme--films', 'snapshots', commit);
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(path.join(snapshot, 'test.tsv'), 'text\tlabel\nfine\tpositive\n');
    const { record } = await runJudgedBy('', { test: `hf://datasets/acme/films@${commit}/test.tsv` });
    expect(await rowTexts(record, 'test')).toEqual([{ line: 2, text: 'fine', label: 'positive' }]);
  });

  it('are refused when the file is another one now', async () => {
    const { record, file } = await runJudgedBy('text\tlabel\nfine\tpositive\n');
    appendFileSync(file, 'late\tnegative\n');
    await expect(rowTexts(record, 'test')).rejects.toThrow(
      `${file}: must be the file that judged the runs, got another text; put it back to see its rows`,
    );
  });
});

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowLengths } from '../../../extension/data/batches/rowLengths.ts';
import { loadTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import { readConfig } from '../../../extension/training/prepare/checkedConfig.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** The rows of a config's training file, of which those that are bad are skipped. */
async function skipping(rows: readonly object[], inMemoryMb: number) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'train.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = path.join(folder, 'a.peft.yaml');
  const model = path.resolve('examples/decoder');
  const data = { train: 'train.jsonl', on_bad_row: 'skip', in_memory_mb: inMemoryMb, max_length: 32 };
  writeFileSync(file, JSON.stringify({ model, task: 'completion', data, methods: ['lora'] }));
  const { config } = await readConfig(file, [], 'counting');
  const use = { task: findTask('completion'), tokenizer: await loadTokenizer(model), labels: [] };
  return await rowLengths(config!.data.train, config!.data, folder, use, () => {});
}

describe('rowLengths', () => {
  const good = { prompt: 'name: Hidden Oak', completion: 'The Hidden Oak' };
  const rows = [good, { ...good, prompt: 'name '.repeat(100) }, good];

  it('leaves out rows that show only when they are encoded that they are bad', async () => {
    const { rows: count, sample } = await skipping(rows, 64);
    expect([count, sample.length]).toEqual([2, 2]);
  });

  it('leaves such a row of a large file its place, as training does', async () => {
    const { rows: count, sample } = await skipping(rows, 0);
    expect([count, sample.length]).toEqual([3, 2]);
  });
});

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { count } from '../../extension/estimate/count.ts';
import { examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('a count', () => {
  it('says which head it assumed for a bare model', async () => {
    const [row] = await count(path.join(examples, 'model'), ['ln-tuning']);
    expect(row).toMatchObject({
      assumedHead: 'a classifier for 2 classes and the pooler, both trained',
      counts: { head: expect.any(Number) },
    });
    expect(row!.counts.head).toBeGreaterThan(0);
  });

  it('counts the head alone where a model has no pooler', async () => {
    const folder = temporaryFolder();
    const sizes = { n_embd: 8, n_layer: 1, n_head: 2, n_positions: 16, vocab_size: 32 };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'gpt2', ...sizes }));
    const [row] = await count(folder, ['ln-tuning']);
    expect(row).toMatchObject({ assumedHead: 'a classifier for 2 classes', counts: { head: 16 } });
  });

  it('assumes nothing about a config', async () => {
    const config = smallConfig(temporaryFolder());
    const file = config.replace(/json$/, 'yaml');
    const [row] = await count(file, []);
    expect(row).not.toHaveProperty('assumedHead');
  });
});

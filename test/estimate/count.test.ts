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
      counts: { head: 16_770 },
    });
  });

  it('counts the head alone where a model has no pooler', async () => {
    const folder = temporaryFolder();
    const sizes = { n_embd: 8, n_layer: 1, n_head: 2, n_positions: 16, vocab_size: 32 };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'gpt2', ...sizes }));
    const [row] = await count(folder, ['ln-tuning']);
    expect(row).toMatchObject({ assumedHead: 'a classifier for 2 classes', counts: { head: 16 } });
  });

  it('gives the reason in place of numbers for each of several methods that the model cannot have', async () => {
    const folder = temporaryFolder();
    const sizes = {
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 16,
      vocab_size: 32,
    };
    const more = { max_position_embeddings: 16, rms_norm_eps: 1e-6, tie_word_embeddings: true };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'llama', ...sizes, ...more }));
    const rows = await count(folder, ['[ln-tuning]', '[bitfit]', '[ln-tuning, bitfit]', '[lora: {layers: 5}]']);
    const reason = 'this model has no biases; use ln-tuning, lora or ia3';
    expect(rows).toEqual([
      expect.objectContaining({ methods: 'ln-tuning', counts: expect.objectContaining({ method: 24 }) }),
      { methods: 'bitfit', problem: reason },
      { methods: 'ln-tuning + bitfit', problem: `[1]: ${reason}` },
      { methods: 'lora', problem: expect.stringMatching(/^lora\.layers: must be within 0 … 0/) },
    ]);
    await expect(count(folder, ['[bitfit]'])).rejects.toThrow(`methods[0]: ${reason}`);
  });

  it('takes a wrong config or an unknown method for a wrong usage, and tells it as a check does', async () => {
    const folder = temporaryFolder();
    const gone = path.join(folder, 'gone.peft.yaml');
    await expect(count(gone, [])).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/gone\.peft\.yaml:1:1 error the config /),
    });
    await expect(count(path.join(examples, 'model'), ['bogus'])).rejects.toMatchObject({ kind: 'usage' });
  });

  it('assumes nothing about a config', async () => {
    const config = smallConfig(temporaryFolder());
    const file = config.replace(/json$/, 'yaml');
    const [row] = await count(file, []);
    expect(row).not.toHaveProperty('assumedHead');
  });
});

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { adapterBytes, attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('a run that is stopped and resumed', () => {
  it.each([
    ['ln-tuning, mid-epoch checkpoints', {}],
    [
      'unified with accumulation and short windows',
      { methods: ['unified'], training: training({ gradient_accumulation: 2, length_window: 2 }) },
    ],
    [
      'lora, early stopping',
      { methods: ['lora'], training: training({ early_stopping: { patience: 1 }, eval_steps: 2 }) },
    ],
    [
      'an int8 backbone with kept activations',
      { backbone: 'int8', methods: [{ 'ln-tuning': { layers: [3] } }], training: training({ dropout: 0, epochs: 3 }) },
    ],
    ['head-only with kept activations', { methods: ['head-only'], training: training({ dropout: 0, epochs: 3 }) }],
    [
      'upper norms with kept activations and accumulation',
      {
        methods: [{ 'ln-tuning': { layers: [3] } }],
        training: training({ dropout: 0, epochs: 3, gradient_accumulation: 2 }),
      },
    ],
  ])('ends with the same bits as one that never stopped, wherever it was stopped: %s', async (_, extra) => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, extra);
    const whole = await createRun(config);
    const { outcome } = await attempt(whole, false);
    expect(outcome.state).toBe('finished');

    for (let stop = 0; stop < outcome.step; stop += 3) {
      const run = await createRun(config);
      expect((await attempt(run, false, stop)).outcome).toMatchObject({ state: 'stopped', step: stop });
      const second = await attempt(run, true, 1);
      expect(second.events).toContainEqual(expect.objectContaining({ type: 'resumed', step: stop }));
      expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: outcome.step });
      expect(adapterBytes(run).equals(adapterBytes(whole)), `stopped after ${stop}`).toBe(true);
    }
  });

  it('depends on its seed', async () => {
    const config = smallConfig(temporaryFolder());
    const [a, b] = [await createRun(config), await createRun(config, ['training.seed=7'])];
    await attempt(a, false);
    await attempt(b, false);
    expect(adapterBytes(a).equals(adapterBytes(b))).toBe(false);
  });

  it('refuses to go on with other data', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder);
    const run = await createRun(config);
    await attempt(run, false, 2);
    const { appendFileSync, rmSync } = await import('node:fs');
    appendFileSync(path.join(folder, 'train.tsv'), 'the plot was dull .\tnegative\n');
    await expect(attempt(run, true)).rejects.toThrow(
      /must be as it was when the run was created.*put the old file back/s,
    );
    rmSync(path.join(folder, 'train.tsv'));
    await expect(attempt(run, true)).rejects.toThrow(/train\.tsv: the file does not exist; check the path/);
  });
});

function training(extra: Record<string, unknown>): Record<string, unknown> {
  return { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0.1, ...extra };
}

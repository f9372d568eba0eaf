import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeFailure } from '../../extension/files/failure.ts';
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

  it('ends with the same bits as one that never stopped, in budgets that end where evaluations are', async () => {
    const config = smallConfig(temporaryFolder(), { training: training({ epochs: 3 }) });
    const whole = await createRun(config);
    await attempt(whole, false);
    const parts = await createRun(config);
    for (const amount of [1, 2]) {
      const { outcome, events } = await attempt(parts, amount > 1, undefined, { until: { amount, unit: 'epochs' } });
      expect(outcome).toMatchObject({
        state: 'stopped',
        step: 5 * amount,
        message: 'stopped at the end of its budget',
      });
      expect(events.filter(({ type }) => type === 'evaluation')).toMatchObject([{ step: 5 * amount }]);
    }
    expect((await attempt(parts, true)).outcome).toMatchObject({ state: 'finished', step: 15 });
    expect(adapterBytes(parts).equals(adapterBytes(whole))).toBe(true);
  });

  it('is evaluated at the end of a budget that ends between evaluations', async () => {
    const run = await createRun(smallConfig(temporaryFolder()));
    const { outcome, events } = await attempt(run, false, undefined, { until: { amount: 3, unit: 'steps' } });
    expect(outcome).toMatchObject({ state: 'stopped', step: 3 });
    expect(events.filter(({ type }) => type === 'evaluation')).toMatchObject([{ step: 3, split: 'validation' }]);
    const again = await attempt(run, true, undefined, { until: { amount: 3, unit: 'steps' } });
    expect(again.outcome).toMatchObject({ state: 'stopped', step: 3 });
    expect(again.events.filter(({ type }) => type === 'evaluation')).toEqual([]);
  });

  it('depends on its seed', async () => {
    const config = smallConfig(temporaryFolder());
    const [a, b] = [await createRun(config), await createRun(config, ['training.seed=7'])];
    await attempt(a, false);
    await attempt(b, false);
    expect(adapterBytes(a).equals(adapterBytes(b))).toBe(false);
  });

  it('refuses to go on with other data, and goes on once the old data is back', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder);
    const run = await createRun(config);
    await attempt(run, false, 2);
    const train = path.join(folder, 'train.tsv');
    const rows = readFileSync(train);
    appendFileSync(train, 'the plot was dull .\tnegative\n');
    const changed = await attempt(run, true).catch((error: unknown) => error);
    expect(String(changed)).toMatch(/must be as it was when the run was created.*put the old file back/s);
    rmSync(train);
    const missing = await attempt(run, true).catch((error: unknown) => error);
    expect(String(missing)).toMatch(/train\.tsv: the file does not exist; check the path/);
    expect([placeFailure(changed), placeFailure(missing)]).toEqual(['other files', 'ENOENT']);
    writeFileSync(train, rows);
    expect((await attempt(run, true)).outcome.state).toBe('finished');
  });
});

function training(extra: Record<string, unknown>): Record<string, unknown> {
  return { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0.1, ...extra };
}

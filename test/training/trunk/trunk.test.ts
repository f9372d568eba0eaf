import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openModel } from '../../../extension/checkpoint/modelFolder.ts';
import { input } from '../../../extension/graph/ops.ts';
import { ActivationCache } from '../../../extension/training/trunk/activationCache.ts';
import { Trunk } from '../../../extension/training/trunk/trunk.ts';
import { openWork } from '../../../extension/training/work.ts';
import { adapterBytes, attempt, createRun, examples, smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A cache of so many rows of four bytes each. */
function cacheOf(rows: number): ActivationCache {
  const batches = [[...Array(rows).keys()]];
  const batchOf = () => Promise.reject(new Error('nothing is computed'));
  return new ActivationCache(
    { batches, lengthOf: () => 1, batchOf },
    { outputs: { x: input('x', 'f32', ['B', 1]) } },
    1e6,
  );
}

describe('runs on one trunk', () => {
  it('end with the same bits as runs by themselves, also when one was stopped and goes on in another process', async () => {
    const config = smallConfig(temporaryFolder(), {
      training: { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0 },
    });
    const variants = ['[head-only]', '[{lora: {layers: [3]}}]', '[ln-tuning]'].flatMap((methods) =>
      [1, 2].map((seed) => [`methods=${methods}`, `training.seed=${seed}`]),
    );
    const { work } = await openWork();
    for (const [index, overrides] of variants.entries()) {
      const alone = await createRun(config, overrides);
      const whole = await attempt(alone, false);
      const shared = await createRun(config, overrides);
      if (index === 2) {
        await attempt(shared, false, 7, { work });
        await attempt(shared, true);
      } else {
        expect((await attempt(shared, false, undefined, { work })).outcome).toEqual(whole.outcome);
      }
      expect(adapterBytes(shared).equals(adapterBytes(alone))).toBe(true);
    }
  }, 120_000);

  it('share the activation cache of the same prefix, whatever their seeds, also in a single epoch', async () => {
    const training = { epochs: 1, batch_size: 8, dropout: 0 };
    const config = smallConfig(temporaryFolder(), { methods: ['head-only'], training });
    const completed = vi.spyOn(ActivationCache.prototype, 'complete');
    const { work } = await openWork();
    const cachesAfter = async (...overrides: string[]) => {
      await attempt(await createRun(config, overrides), false, undefined, { work });
      return new Set(completed.mock.contexts).size;
    };
    expect(await cachesAfter('training.seed=1')).toBe(2);
    expect(await cachesAfter('training.seed=1', 'training.head_learning_rate=0.01')).toBe(2);
    expect(await cachesAfter('training.seed=2')).toBe(2);
    // More steps may have the weights laid out, and an evaluation's batches are others.
    expect(await cachesAfter('training.seed=1', 'training.batch_size=4')).toBe(4);
    completed.mockRestore();
  }, 60_000);
});

const fakeProgram = path.resolve(import.meta.dirname, '../../engines/torch/fakeProgram.mjs');

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.runIf(process.platform !== 'win32')('the engine on a trunk', () => {
  it('stays for runs with the same settings, and is replaced for others and when it has died', async () => {
    const folder = temporaryFolder();
    const [python, starts] = [path.join(folder, 'python'), path.join(folder, 'starts')];
    writeFileSync(
      python,
      `#!/bin/sh\necho $$ >> '${starts}'\nexec '${process.execPath}' '${fakeProgram}' 'two GPUs'\n`,
    );
    chmodSync(python, 0o755);
    const pids = (): number[] => readFileSync(starts, 'utf8').trim().split('\n').map(Number);
    const settings = {
      executor: 'torch',
      device: 'cpu',
      python,
      num_processes: 1,
      torchrun: null,
      threads: 1,
    } as const;
    const trunk = new Trunk();

    const first = await trunk.engine(settings, folder);
    trunk.endRun();
    expect(await trunk.engine({ ...settings }, folder)).toBe(first);
    expect(pids()).toHaveLength(1);

    const onGpu = await trunk.engine({ ...settings, device: 'cuda:1' }, folder);
    expect(onGpu.device).toContain('GPU B');
    expect(pids().map(isThere)).toEqual([false, true]);

    process.kill(pids()[1]!, 'SIGKILL');
    await expect.poll(() => onGpu.isUsable).toBe(false);
    expect(await trunk.engine({ ...settings, device: 'cuda:1' }, folder)).not.toBe(onGpu);
    expect(pids().map(isThere)).toEqual([false, false, true]);

    await trunk.close();
    expect(pids().map(isThere)).toEqual([false, false, false]);
  });
});

describe('Trunk', () => {
  it('opens a model once, until a run has not used it', async () => {
    const trunk = new Trunk();
    const first = await trunk.model(`${examples}/model`);
    expect(await trunk.model(`${examples}/model`)).toBe(first);
    trunk.endRun();
    expect(await trunk.model(`${examples}/model`)).toBe(first);
    trunk.endRun();
    trunk.endRun();
    expect(await trunk.model(`${examples}/model`)).not.toBe(first);
    expect(first.entries).toEqual((await openModel(`${examples}/model`)).entries);
  });

  it('keeps the caches that were used last, as far as all together fit', () => {
    const trunk = new Trunk();
    const [a, b, c] = [1, 2, 3].map(() => cacheOf(100));
    const take = (key: string, made: ActivationCache) => trunk.cache(key, 1000, () => made);
    expect(take('a', a!)).toBe(a);
    expect(take('b', b!)).toBe(b);
    expect(take('a', cacheOf(100))).toBe(a);
    expect(take('c', c!)).toBe(c);
    expect(take('a', cacheOf(100))).toBe(a);
    expect(take('b', cacheOf(100))).not.toBe(b);
  });

  it('lets all caches go after a run that uses none', () => {
    const trunk = new Trunk();
    const cache = trunk.cache('a', 1e6, () => cacheOf(1));
    trunk.endRun();
    expect(trunk.cache('a', 1e6, () => cacheOf(1))).toBe(cache);
    trunk.endRun();
    trunk.endRun();
    expect(trunk.cache('a', 1e6, () => cacheOf(1))).not.toBe(cache);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEstimate } from '../../extension/contract/estimate.ts';
import { estimate } from '../../extension/estimate/estimate.ts';
import { calibrationLines } from '../support/calibration.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Estimates a config of the example model, on a machine whose speeds are made up. */
async function estimated(
  extra: Record<string, unknown> = {},
  overrides: readonly string[] = [],
  write: (folder: string, extra: Record<string, unknown>) => string | Promise<string> = smallConfig,
  cache?: string,
) {
  const folder = temporaryFolder();
  const script = path.join(folder, 'trainer.mjs');
  const lines = calibrationLines();
  writeFileSync(script, `for (const line of ${JSON.stringify(lines)}) console.log(JSON.stringify(line));`);
  vi.stubEnv('PEFT_LAB_CACHE', cache ?? path.join(folder, 'cache'));
  const trainer = { node: process.execPath, nodeArguments: [script] };
  const config = await write(folder, extra);
  const [result] = await estimate(config, [overrides], { trainer, downloads: false }, () => {});
  return { result: result!, folder };
}

async function figures(...asked: Parameters<typeof estimated>): Promise<RunEstimate> {
  const { result } = await estimated(...asked);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.estimate;
}

const training = { epochs: 3, batch_size: 8, dropout: 0 };

describe('an estimate', () => {
  beforeEach(() => vi.unstubAllEnvs());

  it('tells rows, steps and evaluations as the run will have them, and trains nothing', async () => {
    const { result, folder } = await estimated();
    expect(result).toMatchObject({
      ok: true,
      estimate: { trainingRows: 40, stepsPerEpoch: 5, totalSteps: 10, evaluations: 2 },
    });
    expect(existsSync(path.join(folder, 'runs'))).toBe(false);
    expect(existsSync(path.join(folder, '.peft-lab'))).toBe(false);
  });

  it('measures the machine once for all choices of methods, where nothing can be kept too', async () => {
    const folder = temporaryFolder();
    const script = path.join(folder, 'trainer.mjs');
    const calls = path.join(folder, 'calls');
    const cache = path.join(folder, 'cache');
    writeFileSync(cache, 'a file where the folder should be');
    writeFileSync(
      script,
      `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(calls)}, 'called ');
for (const line of ${JSON.stringify(calibrationLines())}) console.log(JSON.stringify(line));`,
    );
    vi.stubEnv('PEFT_LAB_CACHE', cache);
    const trainer = { node: process.execPath, nodeArguments: [script] };
    const choices = ['ln-tuning', 'bitfit'].map((methods) => [`methods=${methods}`]);
    const found = await estimate(smallConfig(folder, {}), choices, { trainer, downloads: false }, () => {});
    expect(found.map(({ ok }) => ok)).toEqual([true, true]);
    expect(readFileSync(calls, 'utf8')).toBe('called ');
  });

  it('counts what a decoder computes before its first step', async () => {
    // How long a process takes to start is measured once for all three, however busy this machine is.
    const cache = temporaryFolder();
    await estimated({}, [], smallConfig, cache);
    for (const name of readdirSync(path.join(cache, 'speeds'))) {
      const file = path.join(cache, 'speeds', name);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), wasBusy: false }));
    }
    const start = async (backbone: string, init: string) => {
      const { startSeconds, assumptions } = await figures(
        { methods: { prefix: { init } }, backbone },
        [],
        decoderConfig,
        cache,
      );
      return { startSeconds, isCompared: assumptions.some((one) => one.startsWith('int8 is compared with fp32')) };
    };
    const [plain, tokens, int8] = [
      await start('fp32', 'random'),
      await start('fp32', 'tokens'),
      await start('int8', 'random'),
    ];
    expect(tokens.startSeconds).toBeGreaterThan(plain.startSeconds);
    expect(int8.startSeconds).toBeGreaterThan(tokens.startSeconds);
    expect([plain.isCompared, int8.isCompared]).toEqual([false, true]);
  });

  it('counts the gradients by which a run chooses its tensors', async () => {
    const cache = temporaryFolder();
    await estimated({}, [], smallConfig, cache);
    for (const name of readdirSync(path.join(cache, 'speeds'))) {
      const file = path.join(cache, 'speeds', name);
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), wasBusy: false }));
    }
    const start = async (by: string) => {
      const methods = [{ 'ln-tuning': { select: { by } } }];
      return (await figures({ methods }, [], smallConfig, cache)).startSeconds;
    };
    const [last, magnitude, fisher] = [await start('last'), await start('magnitude'), await start('fisher')];
    expect(fisher).toBeGreaterThan(1.01 * magnitude);
    expect(Math.abs(magnitude - last)).toBeLessThan(fisher - magnitude);
  });

  it('is the sum of its parts', async () => {
    const { memoryBytes, memoryParts, ...time } = await figures();
    expect(Object.values(memoryParts).reduce((sum, bytes) => sum + bytes, 0)).toBe(memoryBytes);
    const parts = time.startSeconds + time.firstEpochSeconds + time.laterEpochSeconds + time.evaluationSeconds;
    expect(time.totalSeconds).toBeGreaterThanOrEqual(parts);
    expect(time.totalSeconds).toBeLessThan(1.1 * parts);
  });

  it('knows that a run which keeps its activations has quick later epochs', async () => {
    const kept = await figures({ methods: ['head-only'], training });
    expect(kept.laterEpochSeconds).toBeLessThan(0.7 * kept.firstEpochSeconds);
    expect(kept.memoryParts.kept).toBeGreaterThan(0);
    const dropped = await figures({ methods: ['head-only'], training: { ...training, kept_activations_mb: 0 } });
    expect(dropped.laterEpochSeconds).toBe(dropped.firstEpochSeconds);
    expect(dropped.memoryParts.kept).toBe(0);
  });

  it('goes no lower than the lowest tuned tensor', async () => {
    const plain = { ...training, kept_activations_mb: 0 };
    const all = await figures({ methods: ['ln-tuning'], training: plain });
    const upper = await figures({ methods: [{ 'ln-tuning': { layers: 3 } }], training: plain });
    expect(upper.firstEpochSeconds).toBeLessThan(0.8 * all.firstEpochSeconds);
    expect(upper.memoryParts.activations).toBeLessThan(all.memoryParts.activations);
  });

  it('is quicker for an int8 backbone and counts every tuned tensor of full tuning', async () => {
    const fp32 = await figures();
    const int8 = await figures({ backbone: 'int8' });
    const full = await figures({ methods: ['full'] });
    expect(int8.firstEpochSeconds).toBeLessThan(fp32.firstEpochSeconds);
    expect(full.memoryParts.tuned).toBeGreaterThan(10 * fp32.memoryParts.tuned);
    expect(full.memoryParts.weights).toBeLessThan(fp32.memoryParts.weights);
  });

  it('holds less for a table, whose gradient is only the rows that a batch reads', async () => {
    const { memoryParts } = await figures({ methods: ['full'] });
    const [all, tables] = [887_298, (473 + 128 + 2) * 128];
    expect(memoryParts.tuned).toBe(Math.round(4 * (7.8 * (all - tables) + 5.3 * tables)));
  });

  it('counts what the folder of a run keeps: tuned values with two moments, the best ones and the adapter', async () => {
    const [own, full] = [await figures(), await figures({ methods: ['full'] })];
    expect(own.diskBytes).toBeLessThan(1e6);
    // 0.9 million numbers, five times.
    expect(full.diskBytes).toBeGreaterThan(17e6);
    expect(full.diskBytes).toBeLessThan(20e6);
  });

  it('follows what is set on the command line', async () => {
    const four = await figures({}, ['training.epochs=4']);
    expect(four).toMatchObject({ totalSteps: 20, evaluations: 4 });
  });

  it('estimates each variant for itself, in their order', async () => {
    const folder = temporaryFolder();
    const script = path.join(folder, 'trainer.mjs');
    const lines = calibrationLines();
    writeFileSync(script, `for (const line of ${JSON.stringify(lines)}) console.log(JSON.stringify(line));`);
    vi.stubEnv('PEFT_LAB_CACHE', path.join(folder, 'cache'));
    const trainer = { node: process.execPath, nodeArguments: [script] };
    const variants = [['methods=[bitfit]'], ['methods=[full]'], ['task=nothing']];
    const found = await estimate(smallConfig(folder), variants, { trainer, downloads: false }, () => {});
    expect(found).toMatchObject([{ ok: true, methods: 'bitfit' }, { ok: true, methods: 'full' }, { ok: false }]);
    const alone = await estimate(smallConfig(folder), [['methods=[full]']], { trainer, downloads: false }, () => {});
    const memory = (run: (typeof found)[number] | undefined) => (run?.ok ? run.estimate.memoryParts : undefined);
    expect(memory(found[1])).toEqual(memory(alone[0]));
  });

  it('sets rows aside as the run does', async () => {
    const data = { train: 'train.tsv', validation_split: 0.25, max_length: 64 };
    expect(await figures({ data })).toMatchObject({ trainingRows: 30, stepsPerEpoch: 4, evaluations: 2 });
  });

  it('reads a file that stays on disk through its index', async () => {
    const data = { train: 'train.tsv', validation: 'validation.tsv', max_length: 64, in_memory_mb: 0 };
    const indexed = await figures({ data });
    const held = await figures();
    expect(indexed).toMatchObject({ trainingRows: 40, tokensPerEpoch: held.tokensPerEpoch });
    expect(indexed.memoryParts.data).toBe(0);
  });

  it('says what it takes for granted', async () => {
    const { assumptions } = await figures({
      backbone: 'auto',
      training: { ...training, early_stopping: { patience: 2 } },
    });
    expect(assumptions).toEqual(
      expect.arrayContaining([
        'backbone: auto takes fp32; with int8 it would be faster.',
        'The run does not stop early.',
        expect.stringMatching(/this machine busy|This machine is as busy/),
      ]),
    );
  });

  it('returns the problems of a wrong config', async () => {
    const { result } = await estimated({ task: 'clasification' });
    expect(result).toMatchObject({ ok: false, problems: [{ severity: 'error' }] });
  });

  it('needs figures of this machine, and measures nothing unasked', async () => {
    const folder = temporaryFolder();
    vi.stubEnv('PEFT_LAB_CACHE', path.join(folder, 'cache'));
    await expect(estimate(smallConfig(folder), [[]], { downloads: false }, () => {})).rejects.toThrow(
      'speeds: this machine must have been measured, got no figures; estimate without --no-measure',
    );
  });

  it('downloads nothing where that is not wanted', async () => {
    vi.stubEnv('HF_HUB_CACHE', temporaryFolder());
    await expect(estimated({ model: 'owner/model-that-is-not-here' })).rejects.toThrow(
      /it is not in the cache .* yet; the first run downloads it/,
    );
  });

  it('refuses what it cannot know, and says what to ask instead', async () => {
    await expect(estimated({ executor: 'torch' })).rejects.toThrow(
      'executor: only onnx can be estimated, got torch; add --set executor=onnx --set device=cpu to see what the CPU would need',
    );
    await expect(estimated({ device: 'webgpu' })).rejects.toThrow('device: only cpu can be estimated, got webgpu; add');
  });
});

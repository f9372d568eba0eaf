import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { exportRun } from '../../extension/export/exportRun.ts';
import { chooseEngine } from '../../extension/runs/folder/engineChoice.ts';
import { settleBase } from '../../extension/training/prepare/runBase.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { adapterBytes, attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

afterEach(() => vi.unstubAllEnvs());

const int8 = { backbone: 'int8', methods: ['ln-tuning'] };

const settledAs = (run: string): unknown => JSON.parse(readFileSync(path.join(run, runFiles.engine), 'utf8')).backbone;

const verdicts = (events: readonly JournalEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'note' && event.code === 'backbone' ? [event.message] : []));

/** The example model with one channel of its embeddings so large that bytes of the other channels are lost. */
async function spoiledModel(folder: string): Promise<string> {
  const model = path.join(folder, 'model');
  cpSync(path.join(examples, 'model'), model, { recursive: true });
  const file = await openSafetensors(path.join(model, 'model.safetensors'));
  const gain = [...file.entries.keys()].find((name) => name.endsWith('embeddings.LayerNorm.weight'))!;
  const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape }] of file.entries) {
    const data = await readFloats(file, name);
    if (name === gain) data[60]! *= 300;
    tensors.set(name, { dtype: 'F32', shape, data });
  }
  await writeSafetensors(path.join(model, 'model.safetensors'), tensors, { format: 'pt' });
  return model;
}

describe('a run with an int8 backbone', () => {
  it('ends with the same bits when it is repeated, and wherever it is stopped and resumed', async () => {
    const config = smallConfig(temporaryFolder(), int8);
    const [whole, again] = [await createRun(config), await createRun(config)];
    const { outcome } = await attempt(whole, false);
    await attempt(again, false);
    expect(adapterBytes(again).equals(adapterBytes(whole))).toBe(true);
    for (const stop of [0, 3, 7]) {
      const run = await createRun(config);
      await attempt(run, false, stop);
      expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: outcome.step });
      expect(adapterBytes(run).equals(adapterBytes(whole)), `stopped after ${stop}`).toBe(true);
    }
  });

  it.each(['int8', 'auto'])('is none where nothing is multiplied by a frozen weight: %s', async (backbone) => {
    const run = await createRun(
      smallConfig(temporaryFolder(), { methods: ['full'], backbone, training: { max_steps: 1 } }),
    );
    const { events } = await attempt(run, false);
    expect(verdicts(events)).toEqual([`backbone: ${backbone} takes fp32: nothing is multiplied by a frozen weight`]);
    expect(settledAs(run)).toBe('fp32');
  });

  it('ends near the fp32 run, yet not on it, and exports in full precision', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, { training: { epochs: 4, batch_size: 8, dropout: 0, learning_rate: 3e-3 } });
    const [exact, bytes] = [await createRun(config), await createRun(config, ['backbone=int8'])];
    const losses = [];
    for (const run of [exact, bytes]) {
      const { events } = await attempt(run, false);
      const evaluation = events.findLast((event) => event.type === 'evaluation');
      losses.push(evaluation!.metrics.loss!);
    }
    expect(losses[1]).not.toBe(losses[0]);
    expect(Math.abs(losses[1]! - losses[0]!)).toBeLessThan(0.02);

    const merged = path.join(folder, 'merged');
    await exportRun(bytes, 'merged', merged, () => {});
    const file = await openSafetensors(path.join(merged, 'model.safetensors'));
    const original = await openSafetensors(path.join(examples, 'model', 'model.safetensors'));
    expect(new Set([...file.entries.values()].map(({ dtype }) => dtype))).toEqual(new Set(['F32']));
    const query = (names: Iterable<string>) => [...names].find((name) => name.endsWith('query.weight'))!;
    expect(await readFloats(file, query(file.entries.keys()))).toEqual(
      await readFloats(original, query(original.entries.keys())),
    );
  });
});

describe('backbone: auto', () => {
  it('takes int8 for the example model, says why, and goes on with it without asking again', async () => {
    const config = smallConfig(temporaryFolder(), { backbone: 'auto' });
    const run = await createRun(config);
    const first = await attempt(run, false, 3);
    expect(verdicts(first.events)).toEqual([
      expect.stringMatching(
        /takes int8: on the first 4 batches the gradients' cosine is (0\.99|1\.00)\d\d .* differ by/,
      ),
    ]);
    expect(settledAs(run)).toBe('int8');
    const second = await attempt(run, true);
    expect(verdicts(second.events)).toEqual([]);
    const asked = await createRun(config, ['backbone=int8']);
    await attempt(asked, false);
    expect(adapterBytes(run).equals(adapterBytes(asked))).toBe(true);
    expect(existsSync(path.join(asked, runFiles.engine))).toBe(false);
  });

  it('takes int8 without the channel that outshines the others, and ends with the same bits when resumed', async () => {
    const folder = temporaryFolder();
    const model = await spoiledModel(folder);
    const config = smallConfig(folder, { model, backbone: 'auto' });
    const run = await createRun(config);
    const { events } = await attempt(run, false, 4);
    const [message] = verdicts(events);
    expect(message).toContain('takes int8 with the largest channels in fp32');
    const figures = /cosine is (-?[\d.]+) \(at least ([\d.]+) .*differ by ([\d.]+) % \(at most ([\d.]+) %\)/.exec(
      message!,
    )!;
    const [cosine, least, percent, most] = figures.slice(1).map(Number);
    expect(cosine! >= least! && percent! <= most!).toBe(true);
    expect(settledAs(run)).toBe('int8');
    const { outliers } = JSON.parse(readFileSync(path.join(run, runFiles.engine), 'utf8'));
    expect(Object.values(outliers).some((channels) => (channels as number[]).includes(60))).toBe(true);
    expect(verdicts((await attempt(run, true)).events)).toEqual([]);
    const whole = await createRun(config);
    await attempt(whole, false);
    expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);
    const bytesAlone = await createRun(config, ['backbone=int8']);
    await attempt(bytesAlone, false);
    expect(adapterBytes(run).equals(adapterBytes(bytesAlone))).toBe(false);
  });
});

describe('an int8 backbone of a decoder', () => {
  it('is checked once for runs of all seeds, with channels that all methods share, and trains the same bits after it', async () => {
    const cache = temporaryFolder();
    vi.stubEnv('PEFT_LAB_CACHE', cache);
    const config = await decoderConfig(temporaryFolder(), { backbone: 'int8', methods: ['lora'] });
    /** Versions of the answers that are kept. */
    const answers = () => {
      const folder = path.join(cache, 'int8');
      const files = readdirSync(folder).filter((name) => /^[0-9a-f]+\.json$/.test(name));
      return files
        .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')).version.split(' ')[0])
        .sort();
    };
    const checked = await createRun(config);
    const first = await attempt(checked, false);
    expect(verdicts(first.events)).toEqual([expect.stringContaining('takes int8 with the largest channels in fp32')]);
    expect(answers()).toEqual(['channels', 'verdict']);
    const found = await createRun(config);
    const second = await attempt(found, false);
    expect(verdicts(second.events)).toEqual(verdicts(first.events));
    expect(adapterBytes(found).equals(adapterBytes(checked))).toBe(true);
    await attempt(await createRun(config, ['training.seed=8']), false, 1);
    expect(answers()).toEqual(['channels', 'verdict']);
    // What a method makes of the same bytes is judged for itself.
    await attempt(await createRun(config, ['methods=[ln-tuning]']), false, 1);
    expect(answers()).toEqual(['channels', 'verdict', 'verdict']);
  });

  it('is checked for the base that the run goes on with, whichever it began with', async () => {
    const cache = temporaryFolder();
    vi.stubEnv('PEFT_LAB_CACHE', cache);
    const folder = temporaryFolder();
    const config = await decoderConfig(folder, { backbone: 'int8', methods: ['lora'] });
    const answers = () => readdirSync(path.join(cache, 'int8')).filter((name) => name.endsWith('.json')).length;
    const moved = await createRun(config);
    const weights = path.join(folder, 'model', 'model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 4]! ^= 1;
    writeFileSync(weights, bytes);
    const base = await settleBase(moved, true, () => {});
    chooseEngine(moved, { base: base! });
    await attempt(moved, false, 1);
    expect(answers()).toBe(2);
    await attempt(await createRun(config), false, 1);
    expect(answers()).toBe(2);
  });
});

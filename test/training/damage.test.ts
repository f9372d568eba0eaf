import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { openSeal } from '../../extension/checkpoint/format/seal.ts';
import { predict } from '../../extension/inference/predict.ts';
import { Random } from '../../extension/numbers/random.ts';
import { adapterBytes, attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const training = { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0.1 };
const ask = (run: string) => predict(run, { kind: 'text', text: 'a gripping film' }, () => {});

/** Flips bits of a file. */
function flip(file: string, ...positions: number[]): void {
  const bytes = readFileSync(file);
  for (const position of positions) bytes[position]! ^= 1 << (position % 8);
  writeFileSync(file, bytes);
}

/** Writes a file of a run without what tells its hash and its run. */
async function withoutSeal(file: string): Promise<void> {
  const opened = await openSafetensors(file);
  const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape }] of opened.entries) {
    tensors.set(name, { dtype: 'F32', shape, data: await readFloats(opened, name) });
  }
  const { format, state } = opened.metadata;
  await writeSafetensors(file, tensors, { ...(format && { format }), ...(state && { state }) });
}

/** A run that was stopped after its first epoch, so that it has both checkpoints. */
async function stoppedRun(extra: Record<string, unknown> = {}) {
  const config = smallConfig(temporaryFolder(), { training: { ...training, ...extra } });
  const run = await createRun(config);
  expect((await attempt(run, false, 7)).outcome).toMatchObject({ state: 'stopped', step: 7 });
  return { config, run, file: (name: string) => path.join(run, name) };
}

describe('a damaged file of a run', () => {
  it('is noticed before the run goes on, wherever the bits are, and named with what to do', async () => {
    const { run, file } = await stoppedRun();
    const last = file('last.safetensors');
    const whole = readFileSync(last);
    const header = 8 + Number(whole.readBigUInt64LE(0));
    const random = new Random(1, 'damage');
    const someData = Array.from({ length: 50 }, () => header + random.nextInt(whole.length - header));
    for (const positions of [someData, [whole.length - 1], [whole.indexOf('"step\\":7') + 8], [header]]) {
      flip(last, ...positions);
      await expect(attempt(run, true)).rejects.toThrow(
        /last\.safetensors: must be as it was written \(SHA-256 [0-9a-f]{12}…\), got [0-9a-f]{12}…; the file is damaged: put back a copy of it, or delete it and resume: the run then starts again from its first step$/,
      );
      writeFileSync(last, whole);
    }
    flip(last, 9);
    await expect(attempt(run, true)).rejects.toThrow(/last\.safetensors: .* delete it and resume/);
    rmSync(last);
    expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: 10 });
  });

  it('is noticed at once where it is the best checkpoint; without it the run goes on', async () => {
    const { run, file } = await stoppedRun();
    flip(file('best.safetensors'), readFileSync(file('best.safetensors')).length - 3);
    await expect(attempt(run, true)).rejects.toThrow(
      /best\.safetensors: must be as it was written .* delete it and resume: the best of the evaluations to come then takes its place$/,
    );
    rmSync(file('best.safetensors'));
    const { outcome, events } = await attempt(run, true);
    expect(outcome).toMatchObject({ state: 'finished', step: 10 });
    expect(events).toContainEqual(
      expect.objectContaining({
        code: 'best-missing',
        message: 'best.safetensors of step 5 is missing: the best of the evaluations to come takes its place',
      }),
    );
    expect(events).toContainEqual(expect.objectContaining({ type: 'checkpoint', kind: 'best', step: 10 }));
  });

  it('is noticed in an adapter, which a finished run writes again', async () => {
    const { run, file } = await stoppedRun();
    await attempt(run, true);
    const adapter = file('adapter/adapter.safetensors');
    const whole = adapterBytes(run);
    const answer = await ask(run);
    flip(adapter, readFileSync(adapter).length - 1, readFileSync(adapter).length - 2);
    await expect(ask(run)).rejects.toThrow(
      /adapter\.safetensors: must be as it was written .*; the file is damaged: put back a copy, or delete it and resume the run, which writes it again from its checkpoints$/,
    );
    rmSync(adapter);
    expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: 10 });
    expect(adapterBytes(run).equals(whole)).toBe(true);
    expect(await ask(run)).toEqual(answer);
    const manifest = file('adapter/manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('negative', 'negatiwe'));
    await expect(ask(run)).rejects.toThrow(/manifest\.json: must be as it was written/);
  });
});

it.each(['last', 'best'])('refuses a checkpoint %s that does not tell what it is', async (name) => {
  const { run, file } = await stoppedRun();
  await withoutSeal(file(`${name}.safetensors`));
  await expect(attempt(run, true)).rejects.toThrow(
    `${name}.safetensors: must hold its own SHA-256, got none; put back`,
  );
});

describe('a file of another run', () => {
  it('is refused as checkpoint and as adapter', async () => {
    const [one, other] = [await stoppedRun(), await stoppedRun()];
    const name = path.basename(other.run);
    copyFileSync(other.file('last.safetensors'), one.file('last.safetensors'));
    await expect(attempt(one.run, true)).rejects.toThrow(
      `last.safetensors: must be of the run ${path.basename(one.run)}, got one of ${name}; put back`,
    );
    copyFileSync(other.file('adapter/adapter.safetensors'), one.file('adapter/adapter.safetensors'));
    await expect(ask(one.run)).rejects.toThrow(`adapter.safetensors: must be of the run`);
  });

  it('is refused as best checkpoint where the step is not the best one', async () => {
    const { run, file } = await stoppedRun({ eval_steps: 3 });
    const { best } = JSON.parse((await openSafetensors(file('last.safetensors'))).metadata.state!);
    // The same run's, of another step: what a half restored backup leaves.
    const opened = await openSafetensors(file('best.safetensors'));
    const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>();
    for (const [name, { shape }] of opened.entries) {
      tensors.set(name, { dtype: 'F32', shape, data: await readFloats(opened, name) });
    }
    const state = JSON.stringify({ ...JSON.parse(opened.metadata.state!), step: best.step - 1 });
    await writeSafetensors(file('best.safetensors'), tensors, { ...opened.metadata, state, sha256: openSeal });
    await expect(attempt(run, true)).rejects.toThrow(
      `best.safetensors: must hold the weights of step ${best.step}, the best so far, got those of step ${best.step - 1}; put back`,
    );
  });
});

describe('what a run tuned', () => {
  it('says which run and which step it is of', async () => {
    const { run, file } = await stoppedRun();
    await attempt(run, true);
    const best = await openSafetensors(file('best.safetensors'));
    const { metadata } = await openSafetensors(file('adapter/adapter.safetensors'));
    expect(metadata).toMatchObject({ run: path.basename(run), step: best.metadata.step, sha256: expect.any(String) });
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { describeRun } from '../../extension/config/editor/describeRun.ts';
import { exportRun } from '../../extension/export/exportRun.ts';
import { drift } from '../../extension/inference/drift.ts';
import { openTuned } from '../../extension/inference/tunedRun.ts';
import { readSelection } from '../../extension/runs/folder/selection.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { adapterBytes, attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const quiet = () => {};

const newRun = (by: string, more: Record<string, unknown> = {}, folder = temporaryFolder()): Promise<string> =>
  createRun(
    smallConfig(path.join(folder, 'w'), {
      methods: [{ 'ln-tuning': { select: { by, share: 0.2 }, ...more } }],
    }),
  );

const tunedNorms = async (run: string): Promise<string[]> =>
  [...(await openTuned(run, quiet)).tuned.tensors.keys()].filter((name) => name.includes('LayerNorm'));

describe('a run that tunes a share of the norm tensors', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-'));
  let run: string;
  let notes: string[];
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    run = await newRun('fisher', {}, folder);
    const { events } = await attempt(run, false);
    notes = events.flatMap((event) => (event.type === 'note' && event.code === 'select' ? [event.message] : []));
  });

  it('chooses those of the largest mean squared gradient, tunes them alone, and says so', async () => {
    const [entry, ...others] = readSelection(run)!.entries;
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ entry: 0, by: 'fisher' });
    const scores = Object.entries(entry!.scores).sort(([, a], [, b]) => b - a);
    expect(scores).toHaveLength(18);
    expect(scores.every(([, score]) => score > 0)).toBe(true);
    const best = scores.slice(0, 4).map(([name]) => name);
    expect(new Set(entry!.chosen)).toEqual(new Set(best));
    expect(new Set(await tunedNorms(run))).toEqual(new Set(best));
    expect(readRunRecord(run).counts.method).toBe(4 * 128);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^4 of 18 tensors are tuned, chosen by their mean squared gradient over 32 training rows: /,
    );
  });

  it('is told, and drawn, with what it has chosen', async () => {
    const record = readRunRecord(run);
    const { dimensions } = await openModel(path.join(examples, 'model'));
    const norms = (told: ReturnType<typeof describeRun>) =>
      told.tensors.filter(({ component }) => component.startsWith('ln-tuning')).map(({ name }) => name);
    const before = describeRun(record, dimensions);
    expect([before.isPending, norms(before)]).toEqual([true, []]);
    const after = describeRun(record, dimensions, readSelection(run));
    expect(after.isPending).toBe(false);
    expect(new Set(norms(after))).toEqual(new Set(await tunedNorms(run)));
    const last = (await drift(run, quiet)).at(-1)!;
    const cells = last.layers.flatMap(({ meanAbsoluteChange }) => meanAbsoluteChange.filter((value) => value !== null));
    expect(cells).toHaveLength(4);
    expect(cells.every((value) => value > 0)).toBe(true);
  });

  it.each(['peft', 'merged', 'native'] as const)('is exported as %s', async (format) => {
    const out = path.join(temporaryFolder(), 'out');
    expect((await exportRun(run, format, out, quiet)).verified).toContain('verified');
  });

  it('goes on with the same tensors, and ends with the same bits', async () => {
    const stopped = await newRun('fisher');
    await attempt(stopped, false, 3);
    const chosen = readFileSync(path.join(stopped, 'selection.json'), 'utf8');
    const { events } = await attempt(stopped, true);
    expect(events.filter((event) => event.type === 'note' && event.code === 'select')).toEqual([]);
    expect(readFileSync(path.join(stopped, 'selection.json'), 'utf8')).toBe(chosen);
    expect(adapterBytes(stopped)).toEqual(adapterBytes(run));
  });

  it('takes what its folder says was chosen, and refuses what no norm is called', async () => {
    const other = await newRun('fisher');
    const write = (chosen: string[]) =>
      writeFileSync(
        path.join(other, 'selection.json'),
        JSON.stringify({ version: 1, entries: [{ entry: 0, by: 'fisher', chosen, scores: {} }] }),
      );
    write(['encoder.layer.0.nothing.weight']);
    await expect(attempt(other, false)).rejects.toThrow(
      'select: must name tensors of these norms, got encoder.layer.0.nothing.weight; choose from embeddings.LayerNorm.weight',
    );
    write(['embeddings.LayerNorm.bias']);
    await attempt(other, false, 1);
    expect(await tunedNorms(other)).toEqual(['embeddings.LayerNorm.bias']);
  });
});

describe('the other rules', () => {
  it('take the largest mean absolute value, a draw of the seed, or the uppermost', async () => {
    const model = await openModel(path.join(examples, 'model'));
    const weights = modelWeights(model, { head: 'sequence', outputs: 2, seed: 1 });
    const gains = weights.outline.tensors.filter(({ site, role }) => site.startsWith('norm.') && role === 'gain');
    const size = new Map<string, number>();
    for (const { name } of gains) {
      const values = await weights.read(name);
      size.set(name, values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length);
    }
    const largest = [...size].sort(([, a], [, b]) => b - a).slice(0, 2);

    const magnitude = await newRun('magnitude', { terms: 'gain' });
    await attempt(magnitude, false, 1);
    expect(new Set(await tunedNorms(magnitude))).toEqual(new Set(largest.map(([name]) => name)));

    const random = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const config = smallConfig(path.join(temporaryFolder(), 'w'), {
          methods: [{ 'ln-tuning': { select: { by: 'random' } } }],
          training: { epochs: 1, batch_size: 8, seed },
        });
        const run = await createRun(config);
        return run;
      }),
    );
    for (const run of random) await attempt(run, false, 1);
    const [one, again, other] = await Promise.all(random.map(tunedNorms));
    expect(one).toHaveLength(4);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);

    const last = await newRun('last');
    await attempt(last, false, 1);
    expect(readSelection(last)).toBeUndefined();
    expect((await tunedNorms(last)).every((name) => name.startsWith('encoder.layer.3.'))).toBe(true);
  });
});

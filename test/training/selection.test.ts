import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { describeRun } from '../../extension/config/editor/describeRun.ts';
import { exportRun } from '../../extension/export/exportRun.ts';
import { drift } from '../../extension/inference/drift.ts';
import { scaleRun } from '../../extension/inference/scaleRun.ts';
import { openTuned } from '../../extension/inference/tunedRun.ts';
import { onlyOf, tunedCount } from '../../extension/methods/declaration/chosenNumbers.ts';
import { modulesOf } from '../../extension/methods/entries/entries.ts';
import { readSelection } from '../../extension/runs/folder/selection.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
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
    const last = (await drift(run)).at(-1)!;
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

describe('a run that tunes a share of the numbers in norms', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-'));
  const select = { unit: 'number', by: 'fisher', share: 0.1 };
  const training = { epochs: 2, batch_size: 8, weight_decay: 0.1, gradient_accumulation: 2 };
  let run: string;
  let notes: string[];
  const newNumbers = (options: Record<string, unknown> = {}, into = temporaryFolder()): Promise<string> =>
    createRun(
      smallConfig(path.join(into, 'w'), {
        methods: [{ 'ln-tuning': { select: { ...select, ...options } } }],
        training: { ...training, checkpoint_steps: 2, dropout: 0.1, keep_best: false },
      }),
    );
  /** Every number of the norms: whether it was chosen, what it was, and what it is. */
  const numbers = async (of: string) => {
    const { tuned } = await openTuned(of, quiet);
    const base = modelWeights(tuned.model, { head: 'sequence', outputs: tuned.outputs, seed: 0 });
    const norms = base.outline.tensors.filter(({ site }) => site.startsWith('norm.'));
    const [modules] = modulesOf(base.outline, tuned.methods);
    const found: { name: string; isChosen: boolean; before: number; after: number }[] = [];
    for (const { name } of norms) {
      const before = await base.read(name);
      const after = tuned.tensors.get(name) ?? before;
      const isTuned = modules!.unfrozen.some((tensor) => tensor.name === name);
      expect(tuned.tensors.has(name)).toBe(isTuned);
      for (const [i, value] of before.entries()) {
        const isChosen = isTuned && (modules!.only?.get(name)?.includes(i) ?? true);
        found.push({ name, isChosen, before: value, after: after[i]! });
      }
    }
    return found;
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    run = await newNumbers({}, folder);
    const { events } = await attempt(run, false);
    notes = events.flatMap((event) => (event.type === 'note' && event.code === 'select' ? [event.message] : []));
  });

  it('moves each chosen number, and leaves all others exactly as they were pretrained', async () => {
    const all = await numbers(run);
    const chosen = all.filter(({ isChosen }) => isChosen);
    expect(all).toHaveLength(18 * 128);
    expect(chosen).toHaveLength(Math.round(0.1 * 18 * 128));
    expect(readRunRecord(run).counts.method).toBe(chosen.length);
    expect(chosen.filter(({ before, after }) => before === after)).toEqual([]);
    expect(all.filter(({ isChosen, before, after }) => !isChosen && before !== after)).toEqual([]);
    const tensors = new Set(chosen.map(({ name }) => name)).size;
    expect(notes).toEqual([
      expect.stringMatching(
        `^230 of 2,304 numbers are tuned, in ${tensors} of 18 tensors, chosen by their squared gradient over 32 training rows; most in `,
      ),
    ]);
  });

  it('says how many numbers are tuned in all, where other methods tune some of the chosen ones too', async () => {
    const methods = [
      { 'ln-tuning': { terms: ['gain'], select: { unit: 'number', share: 0.013, by: 'random' } } },
      { bitfit: { layers: [0] } },
      { 'ln-tuning': { terms: ['bias'], layers: '0-1', select: { unit: 'number', share: 0.3, by: 'magnitude' } } },
    ];
    const config = { methods, training: { max_steps: 1, batch_size: 8, learning_rate: 1e-3 } };
    const shared = await createRun(smallConfig(path.join(temporaryFolder(), 'w'), config));
    const { events, record } = await attempt(shared, false);
    const { tuned } = await openTuned(shared, quiet);
    const base = modelWeights(tuned.model, { head: 'sequence', outputs: tuned.outputs, seed: 0 });
    const modules = modulesOf(base.outline, tuned.methods);
    const only = onlyOf(modules);
    const all = new Map(modules.flatMap(({ unfrozen }) => unfrozen.map((spec) => [spec.name, spec])));
    const count = [...all].reduce((sum, [name, spec]) => sum + tunedCount(spec, only.get(name)), 0);
    expect(count).not.toBe(record.counts.method);
    const said = events.flatMap((event) => (event.type === 'note' && event.code === 'select-count' ? [event] : []));
    const [now, before] = [count, record.counts.method].map((number) => number.toLocaleString('en-US'));
    expect(said.map(({ message }) => message)).toEqual([
      `${now} numbers are tuned in all, counted as ${before} before: how many of them other methods tune too depends on the choice`,
    ]);
  });

  it('keeps two moments for each chosen number and no others', async () => {
    const { entries } = await openSafetensors(path.join(run, 'last.safetensors'));
    const sizes = [...entries.values()].filter(({ name }) => /^moment1\/.*LayerNorm/.test(name));
    expect(sizes.reduce((sum, { shape }) => sum + shape[0]!, 0)).toBe(230);
    const { dimensions } = await openModel(path.join(examples, 'model'));
    const { tensors } = describeRun(readRunRecord(run), dimensions, readSelection(run));
    const told = tensors.filter(({ component }) => component.startsWith('ln-tuning'));
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(230);
  });

  it('is drawn with the mean change of the chosen numbers alone', async () => {
    const all = (await numbers(run)).filter(({ isChosen }) => isChosen);
    const last = (await drift(run)).at(-1)!;
    const place = last.columns.indexOf('ffn gain');
    const row = last.layers.find(({ layer }) => layer === 'layer 3')!;
    const own = all.filter(({ name }) => name === 'encoder.layer.3.output.LayerNorm.weight');
    const mean = own.reduce((sum, { before, after }) => sum + Math.abs(after - before), 0) / own.length;
    expect(row.meanAbsoluteChange[place]).toBeCloseTo(mean, 9);
    expect((await scaleRun(run, { scales: [0, 1] }, quiet)).numbers).toBe(230);
  });

  it.each(['peft', 'merged', 'native', 'onnx'] as const)('is exported as %s', async (format) => {
    const out = path.join(temporaryFolder(), 'out');
    expect((await exportRun(run, format, out, quiet)).verified).toContain('verified');
  });

  it('goes on with the same numbers, and ends with the same bits', async () => {
    const stopped = await newNumbers();
    await attempt(stopped, false, 3);
    const chosen = readFileSync(path.join(stopped, 'selection.json'), 'utf8');
    await attempt(stopped, true);
    expect(readFileSync(path.join(stopped, 'selection.json'), 'utf8')).toBe(chosen);
    expect(adapterBytes(stopped)).toEqual(adapterBytes(run));
  });

  it('takes those of the largest value, a draw of the seed, or the uppermost', async () => {
    for (const by of ['magnitude', 'random', 'last']) {
      const other = await newNumbers({ by });
      await attempt(other, false, 1);
      const all = await numbers(other);
      const chosen = all.filter(({ isChosen }) => isChosen);
      expect(chosen, by).toHaveLength(230);
      const others = all.filter(({ isChosen }) => !isChosen);
      const size = ({ before }: { before: number }) => Math.abs(before);
      if (by === 'magnitude')
        expect(Math.min(...chosen.map(size))).toBeGreaterThanOrEqual(Math.max(...others.map(size)));
      if (by === 'random') expect(new Set(chosen.map(({ name }) => name)).size).toBe(18);
      if (by === 'last') expect(all.slice(-230).every(({ isChosen }) => isChosen)).toBe(true);
    }
  });
});

describe('a run that chooses among biases that norms are given', () => {
  it.each([
    ['tensor', 5],
    ['number', 80],
  ] as const)('tunes the best %ss, resumes with them, and is exported with them', async (unit, count) => {
    const run = async () => {
      const folder = temporaryFolder();
      const select = { unit, by: 'fisher', share: 0.5 };
      const config = await decoderConfig(folder, {
        methods: [{ 'ln-tuning': { added_bias: true, select } }],
        training: { max_steps: 4, batch_size: 4, checkpoint_steps: 2, learning_rate: 0.05 },
      });
      return await createRun(config);
    };
    const [whole, stopped] = [await run(), await run()];
    await attempt(whole, false);
    const [entry] = readSelection(whole)!.entries;
    expect(Object.keys(entry!.scores)).toHaveLength(10);
    expect(Object.values(entry!.scores).every((score) => score > 0)).toBe(true);
    expect(readRunRecord(whole).counts.method).toBe(unit === 'tensor' ? count * 16 : count);
    const { tuned } = await openTuned(whole, quiet);
    const biases = [...tuned.tensors.keys()].filter((name) => name.endsWith('bias'));
    expect(biases.length).toBeGreaterThan(0);
    expect(biases.every((name) => tuned.tensors.get(name)!.some((value) => value !== 0))).toBe(true);
    await attempt(stopped, false, 2);
    await attempt(stopped, true);
    expect(adapterBytes(stopped)).toEqual(adapterBytes(whole));
    for (const format of ['native', 'onnx'] as const) {
      const out = path.join(temporaryFolder(), format);
      expect((await exportRun(whole, format, out, quiet)).verified, format).toContain('verified');
    }
  });
});

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../extension/export/exportRun.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { scaleRun } from '../../extension/inference/scaleRun.ts';
import { openTuned } from '../../extension/inference/tunedRun.ts';
import { readUnit } from '../../extension/runs/folder/unit.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { adapterBytes, attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const quiet = () => {};

/** 40 rows whose numbers, −1 … 1, their words tell. */
const rowsIn = (mean: number, deviation: number): string => {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const film = ['a dull film', 'a film', 'a good film', 'a very good film'][i % 4]!;
    return `${film} of ${i} stars\t${mean + deviation * (((i % 4) - 1.5) / 1.5 + i / 400)}`;
  });
  return `text\tlabel\n${rows.join('\n')}\n`;
};

function configIn(mean: number, deviation: number, training: Record<string, unknown> = {}, model = {}): string {
  const folder = temporaryFolder();
  const config = smallConfig(folder, {
    ...{ task: 'regression', ...model },
    data: { train: 'numbers.tsv', validation: 'numbers.tsv', max_length: 32 },
    training: { epochs: 3, batch_size: 8, dropout: 0.1, keep_best: false, eval_on_start: true, ...training },
  });
  writeFileSync(path.join(folder, 'numbers.tsv'), rowsIn(mean, deviation));
  return config;
}

const evaluations = async (run: string, split: string) =>
  (await attempt(run, false)).events.flatMap((event) =>
    event.type === 'evaluation' && event.split === split ? [event.metrics] : [],
  );

describe('a run that learns numbers', () => {
  it.each([
    [55, 25],
    [275_000, 80_000],
    [2010, 0.01],
    [-3e-5, 2e-6],
  ])('learns those at %d ± %d as it learns those at 0 ± 1, and is judged in their unit', async (mean, deviation) => {
    const plain = (await evaluations(await createRun(configIn(0, 1)), 'validation')).at(-1)!;
    const config = configIn(mean, deviation);
    const run = await createRun(config);
    const own = (await evaluations(run, 'validation')).at(-1)!;
    expect(plain.pearson).toBeGreaterThan(0.5);
    expect(own.pearson).toBeCloseTo(plain.pearson!, 3);
    expect(own.mse! / deviation ** 2).toBeCloseTo(plain.mse!, 3);
    expect(own.loss! / own.mse!).toBeCloseTo(1, 4);

    const data = path.join(path.dirname(config), 'numbers.tsv');
    const judged = [(await evaluateRun(run, data, quiet)).metrics];
    judged.push((await scaleRun(run, { scales: [1], data }, quiet)).points[0]!.metrics);
    // A head that gives numbers of this size gives them to seven digits.
    const digits = Math.abs(mean / deviation) > 1e3 ? 1 : 3;
    for (const metrics of judged) {
      expect(metrics.pearson).toBeCloseTo(own.pearson!, digits);
      for (const name of ['mse', 'loss']) expect(metrics[name]! / own[name]!).toBeCloseTo(1, digits);
    }
    for (const format of ['peft', 'merged', 'onnx', 'native'] as const) {
      const { verified } = await exportRun(run, format, path.join(path.dirname(config), format), quiet);
      expect(verified).toMatch(/^verified: reopened and compared/);
    }
  });

  it('takes a head of the checkpoint as it is', async () => {
    const first = configIn(55, 25);
    const run = await createRun(first);
    const kept = (await evaluations(run, 'validation')).at(-1)!;
    const merged = path.join(path.dirname(first), 'merged');
    await exportRun(run, 'merged', merged, quiet);
    const again = await createRun(configIn(55, 25, {}, { model: merged }));
    const [begun] = await evaluations(again, 'before-tuning');
    expect(begun!.mse! / kept.mse!).toBeCloseTo(1, 3);
    expect(begun!.pearson).toBeCloseTo(kept.pearson!, 4);
  });

  it('learns numbers far from 0 with a head that has no bias', async () => {
    const folder = temporaryFolder();
    const rows = rowsIn(300, 100).split('\n').slice(1, 21);
    writeFileSync(
      path.join(folder, 'rows.jsonl'),
      rows.map((row) => JSON.stringify({ text: row.split('\t')[0], number: Number(row.split('\t')[1]) })).join('\n'),
    );
    const data = { train: 'rows.jsonl', validation: 'rows.jsonl', text: 'text', label: 'number' };
    const training = { epochs: 4, batch_size: 4, keep_best: false };
    const run = await createRun(await decoderConfig(folder, { task: 'regression', data, training }));
    const { events } = await attempt(run, false);
    const [loss] = events.flatMap((event) => (event.type === 'evaluation' ? [event.metrics.mse!] : [])).slice(-1);
    expect(readUnit(run)!.mean).toBe(0);
    expect(loss).toBeLessThan(300 ** 2 / 4);
    const { metrics } = await evaluateRun(run, path.join(folder, 'rows.jsonl'), quiet);
    expect(metrics.mse! / loss!).toBeCloseTo(1, 3);
  });

  it('ends with the same bits wherever it was stopped and resumed', async () => {
    const training = { checkpoint_steps: 2 };
    const whole = await createRun(configIn(55, 25, training));
    await attempt(whole, false);
    for (const stop of [1, 7]) {
      const run = await createRun(configIn(55, 25, training));
      expect((await attempt(run, false, stop)).outcome).toMatchObject({ state: 'stopped', step: stop });
      await attempt(run, true);
      expect(adapterBytes(run).equals(adapterBytes(whole)), `stopped after ${stop}`).toBe(true);
    }
  });

  it('goes on in the unit of the file where an older version began so', async () => {
    const run = await createRun(configIn(55, 25));
    await attempt(run, false, 3);
    const unit = path.join(run, 'unit.json');
    expect(readUnit(run)).toEqual({ mean: expect.closeTo(55, -1), deviation: expect.closeTo(18.6, -1) });
    rmSync(unit);
    await attempt(run, true);
    expect(existsSync(unit)).toBe(false);
    const { tuned } = await openTuned(run, quiet);
    expect(Math.abs(tuned.tensors.get('classifier.bias')![0]!)).toBeLessThan(2);
  });

  it('refuses a unit that is none, with a cure', async () => {
    const run = await createRun(configIn(55, 25));
    writeFileSync(path.join(run, 'unit.json'), '{"mean": 1, "deviation": 0}');
    await expect(attempt(run, false)).rejects.toThrow(
      /unit\.json: must have a mean and a deviation above 0, got .*; put back/,
    );
    expect(readFileSync(path.join(run, 'unit.json'), 'utf8')).toContain('"deviation": 0');
  });
});

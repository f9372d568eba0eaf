import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAdapter } from '../../extension/checkpoint/adapterFolder.ts';
import { modelWeights } from '../../extension/checkpoint/modelFolder.ts';
import { exportRun } from '../../extension/export/exportRun.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { scaleRun } from '../../extension/inference/scaleRun.ts';
import { openTuned, openTunedRun } from '../../extension/inference/tunedRun.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const quiet = () => {};

async function finished(
  methods: unknown,
  extra: Record<string, unknown> = {},
  folder = temporaryFolder(),
): Promise<string> {
  const config = smallConfig(path.join(folder, 'w'), { methods, ...extra });
  const run = await createRun(config);
  await attempt(run, false);
  return run;
}

const training = { epochs: 2, batch_size: 8, learning_rate: 0.03 };
/** Mean cross entropy of the validation rows, of the model that a prediction would open. */
async function lossOf(run: string, scale: number): Promise<number> {
  const tuned = await openTunedRun(run, quiet, { scale });
  const [, ...lines] = readFileSync(validationOf(run), 'utf8').trimEnd().split('\n');
  let sum = 0;
  for (const line of lines) {
    const [text = '', label = ''] = line.split('\t');
    const { data } = await tuned.logits([tuned.tokenizer.encode(text, undefined, 64)]);
    const logits = Array.from(data as Float32Array);
    const total = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    sum += Math.log(total) - logits[tuned.tuned.labels.indexOf(label)]!;
  }
  await tuned.close();
  return sum / lines.length;
}

const validationOf = (run: string): string => path.join(run, '..', '..', 'validation.tsv');

describe('the score over the scale of the change', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-'));
  let run: string;
  beforeAll(async () => {
    run = await finished(['ln-tuning'], { training }, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says how a file must be written that the run cannot read', async () => {
    const data = path.join(folder, 'comma.tsv');
    writeFileSync(data, 'text,label\ngood,positive\n');
    await expect(scaleRun(run, { scales: [1], data }, quiet)).rejects.toThrow(
      /there must be a column `text`.*; write the file as it is read here: UTF-8, fields separated by "\\t", columns text, label$/,
    );
  });

  it('is the tuned model at 1, and at any λ that of the model with these weights', async () => {
    const curve = await scaleRun(run, { scales: [0, 0.4, 1, 1.5] }, quiet);
    expect(curve).toMatchObject({ rows: 20, methods: ['ln-tuning'], kept: [], metric: 'accuracy' });
    expect(curve.points.map(({ scale }) => scale)).toEqual([0, 0.4, 1, 1.5]);
    for (const { scale, metrics } of curve.points) {
      const one = await evaluateRun(run, validationOf(run), quiet, scale === 1 ? {} : { scale });
      expect(metrics.loss, String(scale)).toBeCloseTo(await lossOf(run, scale), 5);
      expect(metrics.accuracy).toBe(one.metrics.accuracy);
    }
    const losses = curve.points.map(({ metrics }) => metrics.loss);
    expect(new Set(losses).size).toBe(4);
    const best = Math.max(...curve.points.map(({ metrics }) => metrics.accuracy!));
    expect(curve.points.find(({ scale }) => scale === curve.best)!.metrics.accuracy).toBe(best);
  });

  it('takes other rows, and names the point nearest to 1 among equal ones', async () => {
    const file = path.join(temporaryFolder(), 'one.tsv');
    const [header, row] = readFileSync(validationOf(run), 'utf8').split('\n');
    writeFileSync(file, `${header}\n${row}\n`);
    const curve = await scaleRun(run, { scales: [0.9, 1, 1.1], data: file }, quiet);
    expect(curve).toMatchObject({ rows: 1, file, best: 1 });
  });

  it('computes in bytes where the run did, so that λ = 1 scores what the run told', async () => {
    const config = { methods: ['ln-tuning'], backbone: 'int8', training: { ...training, keep_best: false } };
    const inBytes = await createRun(smallConfig(path.join(temporaryFolder(), 'w'), config));
    const { events } = await attempt(inBytes, false);
    const told = events.findLast((event) => event.type === 'evaluation')!.metrics.loss!;
    const { points } = await scaleRun(inBytes, { scales: [1] }, quiet);
    expect(points[0]!.metrics.loss).toBeCloseTo(told, 6);
    expect(Math.abs(points[0]!.metrics.loss! - (await lossOf(inBytes, 1)))).toBeGreaterThan(1e-6);
  });

  it('computes a pooler in bytes that the run left as it was drawn', async () => {
    const config = { methods: ['ln-tuning'], backbone: 'int8', train_pooler: false, training };
    const inBytes = await createRun(smallConfig(path.join(temporaryFolder(), 'w'), config));
    const { events } = await attempt(inBytes, false);
    const { tuned } = await openTuned(inBytes, quiet);
    expect([...tuned.tensors.keys()].filter((name) => name.includes('pooler'))).toHaveLength(2);
    const evaluations = events.filter((event) => event.type === 'evaluation' && event.step === tuned.origin!.step);
    const { points } = await scaleRun(inBytes, { scales: [1] }, quiet);
    expect(evaluations).toMatchObject([{ metrics: { loss: expect.closeTo(points[0]!.metrics.loss!, 6) } }]);
  });

  it('leaves λ = 1 exactly as it was trained, and λ = 0 exactly as the base is', async () => {
    const plain = (await openTuned(run, quiet)).tuned;
    const same = (await openTuned(run, quiet, { scale: 1 })).tuned;
    for (const [name, values] of plain.tensors) expect(same.tensors.get(name), name).toEqual(values);
    const none = (await openTuned(run, quiet, { scale: 0 })).tuned;
    const base = modelWeights(plain.model, { head: 'sequence', outputs: plain.outputs, seed: 0 });
    for (const [name, values] of none.tensors) {
      if (/layer_?norm/i.test(name)) expect(values, name).toEqual(await base.read(name));
    }
  });

  it('is exported with a scaled model, which reads back the same', async () => {
    const out = path.join(temporaryFolder(), 'out');
    expect((await exportRun(run, 'merged', out, quiet, { scale: 1.2 })).verified).toContain('verified');
  });

  it('writes a scaled adapter that says so, and is no longer that of the run', async () => {
    const out = path.join(temporaryFolder(), 'out');
    await exportRun(run, 'native', out, quiet, { scale: 0.5 });
    const { tuned } = await openTuned(run, quiet, { scale: 0.5 });
    const read = await loadAdapter(out, tuned.model);
    expect(read.origin).toBeUndefined();
    for (const [name, values] of tuned.tensors) expect(read.tensors.get(name), name).toEqual(values);
    const card = readFileSync(path.join(out, 'README.md'), 'utf8');
    expect(card).toContain('- Scale: start + 0.5 · (tuned − start), in terms that have a value in the base\n');
    expect(card).not.toContain('- Metrics:');
  });
});

describe('what has a value in the base', () => {
  it('is scaled in a union, and the rest stays as trained', async () => {
    const run = await finished([{ unified: { length: 2, bottleneck: 2 } }], { training });
    const curve = await scaleRun(run, { scales: [0, 1] }, quiet);
    expect(curve).toMatchObject({ methods: ['ln-tuning'], kept: ['prefix', 'adapter'] });
    const one = await evaluateRun(run, validationOf(run), quiet);
    expect(curve.points[1]!.metrics.accuracy).toBe(one.metrics.accuracy);
  });

  it('is every bias of bitfit, judged on the rows that were set aside', async () => {
    const data = { train: 'train.tsv', validation_split: 0.25, max_length: 64 };
    const run = await finished(['bitfit'], { training, data });
    expect(await scaleRun(run, { scales: [1] }, quiet)).toMatchObject({ rows: 10, methods: ['bitfit'] });
  });

  it('is also a bias that a norm was given: without it, the frozen model', async () => {
    const folder = temporaryFolder();
    const methods = [{ 'ln-tuning': { added_bias: true, terms: 'bias' } }];
    const config = await decoderConfig(folder, {
      methods,
      training: { max_steps: 3, batch_size: 4, learning_rate: 0.05 },
    });
    const run = await createRun(config);
    await attempt(run, false);
    const curve = await scaleRun(run, { scales: [0, 1] }, quiet);
    expect(curve).toMatchObject({ numbers: 5 * 16, metric: 'perplexity', best: 1 });
    expect(curve.points[0]!.metrics.loss).toBeGreaterThan(curve.points[1]!.metrics.loss!);
  });

  it.each([
    [['lora'], 'got lora'],
    [['head-only'], 'got head-only'],
  ])('is missing in %j, which is refused with the reason', async (methods, got) => {
    const run = await finished(methods, { training: { max_steps: 1, batch_size: 8 } });
    await expect(scaleRun(run, { scales: [0, 1] }, quiet)).rejects.toThrow(
      `scale needs terms with a value in the frozen model, such as those of ln-tuning or bitfit, ${got}; tune a union with one of these`,
    );
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAdapter, writeAdapter } from '../../extension/checkpoint/adapterFolder.ts';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { exportRun } from '../../extension/export/exportRun.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { predict } from '../../extension/inference/predict.ts';
import { loadTunedRun } from '../../extension/inference/tunedRun.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const finalMetrics = (events: readonly JournalEvent[]) =>
  events
    .flatMap((event) => (event.type === 'evaluation' && event.split === 'validation' ? [event.metrics] : []))
    .at(-1)!;

/** Makes a run's adapter one of an older version, which lacks a pooler that was not trained. */
async function leavePooler(run: string): Promise<void> {
  const folder = path.join(run, 'adapter');
  const tuned = await loadAdapter(folder, await openModel(path.join(examples, 'model')));
  const tensors = new Map([...tuned.tensors].filter(([name]) => !name.includes('pooler')));
  expect(tuned.tensors.size - tensors.size).toBe(2);
  await writeAdapter(folder, { ...tuned, tensors });
}

describe('evaluating after training', () => {
  it.each([
    ['classification', { task: 'classification' }, 'validation.tsv'],
    ['masked-lm', { task: 'masked-lm', data: { train: 'train.tsv', validation: 'validation.tsv' } }, 'validation.tsv'],
    [
      'token-classification',
      {
        task: 'token-classification',
        data: {
          train: { file: `${examples}/data/entities-train.conll`, limit: 24 },
          validation: `${examples}/data/entities-validation.conll`,
        },
      },
      `${examples}/data/entities-validation.conll`,
    ],
  ])('gives what the last evaluation of the run gave: %s', async (_, task, file) => {
    const folder = temporaryFolder();
    const training = { max_steps: 4, batch_size: 8, eval_steps: 4, keep_best: false, label_smoothing: 0.1, seed: 5 };
    const run = await createRun(smallConfig(folder, { training, ...task }));
    const { events } = await attempt(run, false);
    const expected = finalMetrics(events);
    const { metrics, misclassifiedFile } = await evaluateRun(run, path.resolve(folder, file), () => {});
    expect(Object.keys(metrics)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(metrics)) {
      // Other batches: only the last bits of a product depend on the rows beside it.
      expect(Math.abs(value - expected[name]!) / Math.max(1, expected[name]!), name).toBeLessThan(1e-4);
    }
    expect(misclassifiedFile !== undefined && existsSync(misclassifiedFile)).toBe(task.task !== 'masked-lm');
  });

  it.each([
    ['completion', {}],
    [
      'causal-lm',
      {
        data: {
          train: { file: 'train.jsonl', text: 'completion' },
          validation: 'validation.jsonl',
          text: 'completion',
        },
      },
    ],
  ])('gives what the last evaluation of the run gave: %s', async (task, more) => {
    const folder = temporaryFolder();
    const run = await createRun(
      await decoderConfig(folder, {
        task,
        methods: ['lora'],
        training: { epochs: 6, batch_size: 4, learning_rate: 0.02, keep_best: false },
        ...more,
      }),
    );
    const { events } = await attempt(run, false);
    const { rows, metrics, misclassifiedFile } = await evaluateRun(
      run,
      path.join(folder, 'validation.jsonl'),
      () => {},
    );
    const expected = finalMetrics(events);
    expect({ rows, misclassifiedFile, names: Object.keys(metrics) }).toEqual({
      ...{ rows: 7, misclassifiedFile: undefined },
      names: ['loss', 'perplexity', 'accuracy'],
    });
    expect(metrics.accuracy).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(metrics)) {
      expect(Math.abs(value - expected[name]!) / Math.max(1, expected[name]!), name).toBeLessThan(1e-4);
    }
  });

  it.each([
    ['classification', 'validation.tsv', {}],
    ['regression', 'scores.tsv', { data: { train: 'scores.tsv', validation: 'scores.tsv', label: 'score' } }],
  ])('judges a run whose frozen pooler was not in the checkpoint, and exports it: %s', async (task, file, more) => {
    const folder = temporaryFolder();
    const training = { max_steps: 2, batch_size: 8, keep_best: false, seed: 5 };
    const config = smallConfig(folder, { task, train_pooler: false, training, ...more });
    const rows = Array.from({ length: 20 }, (_, i) => `a film of ${i} stars\t${i / 20}`);
    writeFileSync(path.join(folder, 'scores.tsv'), `text\tscore\n${rows.join('\n')}\n`);
    const run = await createRun(config);
    const { events } = await attempt(run, false);
    const { metrics, trainedOn } = await evaluateRun(run, path.join(folder, file), () => {});
    const expected = finalMetrics(events);
    for (const [name, value] of Object.entries(metrics)) expect(value, name).toBeCloseTo(expected[name]!, 4);
    // The numbers are learned from the very file that judges them.
    expect(trainedOn).toBe(task === 'regression' ? 'all rows' : undefined);
    await leavePooler(run);
    expect((await evaluateRun(run, path.join(folder, file), () => {})).metrics).toEqual(metrics);
    for (const format of ['peft', 'merged', 'onnx', 'native'] as const) {
      const { verified } = await exportRun(run, format, path.join(folder, format), () => {});
      expect(verified).toMatch(/^verified: reopened and compared/);
    }
  });

  it('has the same perplexity whatever label smoothing there was, at equal weights', async () => {
    const folder = temporaryFolder();
    const training = { max_steps: 2, batch_size: 8, keep_best: false, label_smoothing: 0.5 };
    const run = await createRun(
      smallConfig(folder, { task: 'masked-lm', data: { train: 'train.tsv', validation: 'validation.tsv' }, training }),
    );
    const { events } = await attempt(run, false);
    const judged = () => evaluateRun(run, path.join(folder, 'validation.tsv'), () => {});
    const { metrics } = await judged();
    expect(metrics.perplexity! / finalMetrics(events).perplexity!).toBeCloseTo(1, 4);
    const file = path.join(run, 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"label_smoothing": ?0\.5/, '"label_smoothing":0'));
    expect((await judged()).metrics).toEqual(metrics);
  });

  it('computes no more together than training did, and of a vocabulary for each token less', async () => {
    const folder = temporaryFolder();
    const decoder = await createRun(
      await decoderConfig(folder, { methods: ['lora'], training: { max_steps: 1, batch_size: 4 } }),
    );
    await attempt(decoder, false);
    const training = { max_steps: 1, batch_size: 64 };
    const encoder = await createRun(smallConfig(temporaryFolder(), { training }));
    await attempt(encoder, false);
    const [small, wide] = await Promise.all([decoder, encoder].map((run) => loadTunedRun(run, () => {})));
    const { layers, hidden, vocabulary } = small!.tuned.model.dimensions;
    expect(small!.atOnce).toEqual({ rows: 4, tokens: Math.min(6e6 / (layers * hidden), Math.ceil(6e7 / vocabulary)) });
    expect(wide!.atOnce).toEqual({ rows: 64, tokens: 6e7 / wide!.tuned.outputs });
  });

  it('leaves nothing half done behind where a row ends it, nor does predicting', async () => {
    const folder = temporaryFolder();
    const run = await createRun(smallConfig(folder, { training: { max_steps: 1, batch_size: 8 } }));
    await attempt(run, false);
    const bad = path.join(folder, 'bad.tsv');
    writeFileSync(bad, `${readFileSync(path.join(folder, 'validation.tsv'), 'utf8').trim()}\n\tpositive\n`);
    const rule = /bad\.tsv:22: `text` must not be empty/;
    await expect(evaluateRun(run, bad, () => {})).rejects.toThrow(rule);
    const out = path.join(folder, 'answers.jsonl');
    await expect(predict(run, { kind: 'file', file: bad, out }, () => {})).rejects.toThrow(rule);
    const left = [...readdirSync(run), ...readdirSync(folder)].filter((name) => /misclassified|answers/.test(name));
    expect(left).toEqual([]);
  });
});

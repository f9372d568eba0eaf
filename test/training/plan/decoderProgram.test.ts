import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../../extension/checkpoint/modelFolder.ts';
import { collate } from '../../../extension/data/batches/collate.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import { topological } from '../../../extension/graph/node.ts';
import { parseMethodsText } from '../../../extension/methods/declaration/parse.ts';
import { canonicalName } from '../../../extension/models/checkpointNames.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import { firstValues, planTuning } from '../../../extension/training/plan/tuning.ts';

const folder = path.resolve('test/golden/decoders');
interface Golden {
  readonly feeds: Readonly<Record<'input_ids' | 'attention_mask', readonly (readonly number[])[]>>;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
const golden = JSON.parse(readFileSync(path.join(folder, 'logits.json'), 'utf8')) as Readonly<Record<string, Golden>>;

/** A decoder tuned on the golden batch, every token but the first predicted. */
async function open(name: string, methodsText: string) {
  const task = findTask('causal-lm');
  const model = await openModel(path.join(folder, name));
  const outputs = model.dimensions.vocabulary;
  const weights = modelWeights(model, { head: task.head, outputs, seed: 1 });
  const { methods, problems } = parseMethodsText(methodsText);
  expect(problems).toEqual([]);
  const rates = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0, dropout: 0 };
  const tuning = planTuning(weights, { ...rates, methods, task, trainPooler: true });
  const session = await onnxEngine('cpu').openTraining(
    {
      ...{ ...tuning.graphs, trainable: tuning.trainable, groups: tuning.groups, seed: 1 },
      frozen: await weights.frozen(tuning.frozen),
      optimizer: defaultAdamW,
      initial: await firstValues(tuning, weights, 1),
    },
    { threads: 1 },
  );
  const { input_ids, attention_mask } = golden[name]!.feeds;
  const examples = input_ids.map((row, index) => {
    const inputIds = row.filter((_, i) => attention_mask[index]![i] === 1);
    return { index, inputIds, tokenTypeIds: inputIds.map(() => 0), target: inputIds.map((id, i) => (i ? id : -100)) };
  });
  const { dimensions } = model;
  const batch = (rows = examples) => collate(rows, task, { dimensions, positionShift: tuning.graphs.positionShift });
  const ops = new Set(topological(Object.values(tuning.graphs.training.outputs)).map(({ op }) => op));
  return { dimensions, session, tuning, examples, batch, ops };
}

describe.each(Object.entries(golden))('a program that tunes %s', (name, expected) => {
  it('has the loss of transformers, and its gradients in every norm', async () => {
    const { session, batch, dimensions, ops } = await open(name, 'ln-tuning');
    expect(ops.has('headLoss')).toBe(true);
    const { feeds, labelledItems } = batch();
    const { loss, gradients } = await session.gradients({ step: 1, batches: [feeds], lossScale: 1 / labelledItems });
    expect(Math.abs(loss - expected.loss / labelledItems)).toBeLessThan(1e-5);
    const evaluation = await session.run('evaluation', feeds);
    expect(evaluation.outputs.loss!.data[0]).toBeCloseTo(expected.loss, 3);
    for (const [key, wanted] of Object.entries(expected.gradients)) {
      const got = gradients.get(canonicalName(dimensions, key))!;
      const [dot, a, b] = [got.reduce((s, x, i) => s + x * wanted[i]!, 0), got, Float32Array.from(wanted)];
      const norm = (values: Float32Array) => Math.hypot(...values);
      expect(dot / (norm(a) * norm(b)), key).toBeGreaterThan(0.999999);
      expect((norm(a) * labelledItems) / norm(b), key).toBeCloseTo(1, 4);
    }
    await session.close();
  });

  it('takes a batch that predicts nothing, and learns nothing of it', async () => {
    const { session, batch, examples } = await open(name, 'ln-tuning');
    const { feeds, labelledItems } = batch(examples.map((one) => ({ ...one, target: one.target.map(() => -100) })));
    expect(labelledItems).toBe(0);
    const { loss, gradients } = await session.gradients({ step: 1, batches: [feeds], lossScale: 0 });
    expect(loss).toBe(0);
    for (const gradient of gradients.values()) expect(gradient.every((value) => value === 0)).toBe(true);
    const { outputs } = await session.run('evaluation', feeds);
    expect([outputs.loss!.data[0], outputs.correct!.data[0]]).toEqual([0, 0]);
    await session.close();
  });
});

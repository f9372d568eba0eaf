import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { collate } from '../../extension/data/batches/collate.ts';
import type { Engine, OpenOptions } from '../../extension/engines/engine.ts';
import { topological } from '../../extension/graph/node.ts';
import { parseMethodsText } from '../../extension/methods/entries/parse.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { planTuning, trainingProgram } from '../../extension/training/plan/tuning.ts';

const folder = path.resolve('test/golden/decoders');
interface Golden {
  readonly feeds: Readonly<Record<'input_ids' | 'attention_mask', readonly (readonly number[])[]>>;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
/** Small random decoders, a batch, and what transformers computes with it; see make.py beside them. */
export const goldenDecoders = JSON.parse(readFileSync(path.join(folder, 'logits.json'), 'utf8')) as Readonly<
  Record<string, Golden>
>;

/** A decoder tuned on the golden batch, every token but the first predicted. */
export async function openDecoder(name: string, methodsText: string, engine: Engine, options: OpenOptions = {}) {
  const task = findTask('causal-lm');
  const model = await openModel(path.join(folder, name));
  const outputs = model.dimensions.vocabulary;
  const weights = modelWeights(model, { head: task.head, outputs, seed: 1 });
  const { methods, problems } = parseMethodsText(methodsText);
  expect(problems).toEqual([]);
  const rates = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0, dropout: 0 };
  const tuning = planTuning(weights, { ...rates, methods, task, trainPooler: true });
  const session = await engine.openTraining(await trainingProgram(tuning, weights, 1), { threads: 1, ...options });
  const { input_ids, attention_mask } = goldenDecoders[name]!.feeds;
  const examples = input_ids.map((row, index) => {
    const inputIds = row.filter((_, i) => attention_mask[index]![i] === 1);
    return { index, inputIds, tokenTypeIds: inputIds.map(() => 0), target: inputIds.map((id, i) => (i ? id : -100)) };
  });
  const { dimensions } = model;
  const batch = (rows = examples) => collate(rows, task, { dimensions, positionShift: tuning.graphs.positionShift });
  const ops = new Set(topological(Object.values(tuning.graphs.training.outputs)).map(({ op }) => op));
  return { dimensions, session, tuning, examples, batch, ops };
}

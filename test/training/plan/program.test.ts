import path from 'node:path';
import { expect, it } from 'vitest';
import { modelWeights, openModel } from '../../../extension/checkpoint/modelFolder.ts';
import { printGraph } from '../../../extension/graph/print.ts';
import { parseMethodsText } from '../../../extension/methods/entries/parse.ts';
import { findTask, tasks } from '../../../extension/tasks/registry.ts';
import type { Task } from '../../../extension/tasks/task.ts';
import { planTuning } from '../../../extension/training/plan/tuning.ts';
import { examples } from '../../support/smallRun.ts';

const smoothed = tasks.filter(({ options }: Task) => options.includes('training.label_smoothing'));

it.each(smoothed)('the evaluation graph of $name has no label smoothing', async ({ name }) => {
  const task = findTask(name);
  const folder = task.head === 'causal-lm' ? path.resolve('test/golden/decoders/llama') : path.join(examples, 'model');
  const model = await openModel(folder);
  const outputs = task.outputs(['bad', 'good'], model.dimensions.vocabulary);
  const weights = modelWeights(model, { head: task.head, outputs, seed: 1 });
  const { methods } = parseMethodsText('ln-tuning');
  const rates = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, dropout: 0.1 };
  const texts = (labelSmoothing: number) => {
    const { graphs } = planTuning(weights, { ...rates, labelSmoothing, methods, task, trainPooler: true });
    return { training: printGraph(graphs.training), evaluation: printGraph(graphs.evaluation) };
  };
  expect(texts(0.1).evaluation).toBe(texts(0).evaluation);
  expect(texts(0.1).training).toContain('smoothing: 0.1');
});

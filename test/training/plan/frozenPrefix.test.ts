import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats } from '../../../extension/checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../../../extension/checkpoint/modelFolder.ts';
import { parseMethods } from '../../../extension/methods/entries/parse.ts';
import { findTask } from '../../../extension/tasks/registry.ts';
import { cutAtPrefix } from '../../../extension/training/plan/frozenPrefix.ts';
import { planTuning } from '../../../extension/training/plan/tuning.ts';
import { attempt, createRun, examples, smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const entities = {
  train: { file: `${examples}/data/entities-train.conll`, limit: 60 },
  validation_split: 0.1,
};

async function tuned(methods: unknown, extra: Record<string, unknown>, kept: number) {
  const training = { epochs: 3, batch_size: 8, dropout: 0, learning_rate: 1e-3, kept_activations_mb: kept };
  const run = await createRun(smallConfig(temporaryFolder(), { ...extra, methods: [methods], training }));
  const { events } = await attempt(run, false);
  const file = await openSafetensors(`${run}/adapter/adapter.safetensors`);
  const values = new Map<string, Float32Array>();
  for (const name of file.entries.keys()) values.set(name, await readFloats(file, name));
  return { values, losses: events.flatMap((event) => (event.type === 'evaluation' ? [event.metrics.loss!] : [])) };
}

describe('an activation cache', () => {
  it.each([
    ['head-only', {}],
    [{ 'ln-tuning': { layers: [3] } }, {}],
    [{ lora: { layers: [3] } }, {}],
    [{ 'ln-tuning': { layers: [3] } }, { task: 'token-classification', data: entities }],
  ])('end with what training without them ends with: %j', async (methods, extra) => {
    const [kept, fresh] = [await tuned(methods, extra, 1000), await tuned(methods, extra, 0)];
    expect(kept.losses).toHaveLength(3);
    for (const [i, loss] of kept.losses.entries()) expect(Math.abs(loss - fresh.losses[i]!)).toBeLessThan(1e-5);
    let largest = 0;
    for (const [name, values] of kept.values) {
      const others = fresh.values.get(name)!;
      for (const [i, value] of values.entries()) largest = Math.max(largest, Math.abs(value - others[i]!));
    }
    expect(largest).toBeLessThan(1e-5);
  });

  it('are left out where a run ends before all rows have come, dropout is below, or too little lies below', async () => {
    const weights = modelWeights(await openModel(`${examples}/model`), { head: 'sequence', outputs: 2, seed: 1 });
    const decide = (text: string, dropout: number, totalSteps: number) => {
      const { methods } = parseMethods(text);
      const options = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0 };
      const task = findTask('classification');
      const { graphs } = planTuning(weights, { ...options, methods, task, trainPooler: true, dropout });
      return cutAtPrefix(graphs, { totalSteps, stepsPerEpoch: 5 });
    };
    expect(decide('head-only', 0, 10)).toBeDefined();
    expect(decide('head-only', 0, 5)).toBeDefined();
    expect(decide('head-only', 0, 4)).toBeUndefined();
    expect(decide('head-only', 0.1, 10)).toBeUndefined();
    expect(decide('ln-tuning', 0, 10)).toBeUndefined();
    expect(decide('lora', 0, 10)).toBeUndefined();
    expect(Object.values(decide('head-only', 0, 10)!.prefix.outputs).map(({ shape }) => shape.length)).toEqual([2]);
  });
});

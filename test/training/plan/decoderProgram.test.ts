import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { canonicalName } from '../../../extension/models/checkpointNames.ts';
import { goldenDecoders, openDecoder } from '../../support/goldenDecoders.ts';

const open = (name: string, methods: string) => openDecoder(name, methods, onnxEngine('cpu'));

describe.each(Object.entries(goldenDecoders))('a program that tunes %s', (name, expected) => {
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

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../extension/engines/engine.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { goldenDecoders } from '../support/goldenDecoders.ts';
import { openBeginning } from '../support/tokenBeginning.ts';
import { startTorchOnCpu } from './executorProgram.ts';
import { Peer } from './peer.ts';
import { largestDifference } from './subject.ts';

let peer: Peer;
let engines: readonly Engine[];
beforeAll(async () => {
  peer = new Peer();
  engines = [onnxEngine('cpu'), await startTorchOnCpu()];
});
afterAll(async () => {
  await peer.close();
  for (const engine of engines) await engine.close();
});

const tokens = [7, 12, 5, 9, 30, 21];

describe('a prefix that begins as training tokens are read', () => {
  it.each([
    ...Object.keys(goldenDecoders).map((name) => ['causal-lm', 'causal-lm', `decoders/${name}`] as const),
    ...['bert', 'distilbert', 'electra', 'roberta'].map(
      (name) => ['classification', 'sequence', `models/${name}-sequence`] as const,
    ),
  ])('is what transformers computes of them: %s, %s, %s', async (task, head, name) => {
    const folder = path.resolve('test/golden', name);
    const { tensors } = await peer.compute('token_start', { folder, head, ids: tokens });
    for (const engine of engines) {
      const { start } = await openBeginning(engine, folder, task, { length: 6, positions: 'unchanged' });
      const begun = await start(tokens);
      expect([...begun.keys()].sort()).toEqual([...tensors.keys()].sort());
      for (const [tensor, values] of begun)
        expect(largestDifference(values, tensors.get(tensor)!), tensor).toBeLessThan(1e-5);
    }
  });
});

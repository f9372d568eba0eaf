import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { goldenDecoders, openDecoder } from '../support/goldenDecoders.ts';
import { startTorchOnCpu } from './executorProgram.ts';
import { largestDifference } from './subject.ts';

/** What a session makes of the golden batch. */
async function computed({ session, batch }: Awaited<ReturnType<typeof openDecoder>>) {
  const { feeds, labelledItems } = batch();
  const { loss, gradients } = await session.gradients({ step: 1, batches: [feeds], lossScale: 1 / labelledItems });
  const { outputs } = await session.run('evaluation', feeds);
  await session.close();
  return { loss, gradients, evaluation: [outputs.loss!, outputs.correct!].map(({ data }) => Number(data[0])) };
}

describe.each(Object.keys(goldenDecoders))('a program that tunes %s', (name) => {
  it.each([
    ['one process', { count: 1, torchrun: [] }],
    ['two processes, rows that do not divide', { count: 2, torchrun: [] }],
  ] as const)('has the loss, gradients and counts of the built-in engine with torch: %s', async (_, processes) => {
    const engine = await startTorchOnCpu(processes);
    for (const methods of ['ln-tuning', 'unified: {length: 3, prefix: {init: random}}', 'full']) {
      const expected = await computed(await openDecoder(name, methods, onnxEngine('cpu')));
      const found = await computed(await openDecoder(name, methods, engine));
      expect(Math.abs(found.loss - expected.loss), methods).toBeLessThan(1e-5);
      expect(found.evaluation[0]).toBeCloseTo(expected.evaluation[0]!, 3);
      expect(found.evaluation[1]).toBe(expected.evaluation[1]);
      for (const [tensor, gradient] of expected.gradients) {
        expect(largestDifference(found.gradients.get(tensor)!, gradient), `${methods}: ${tensor}`).toBeLessThan(1e-4);
      }
    }
    await engine.close();
  });
});

import { expect, it } from 'vitest';
import type { JournalEventOf } from '../../extension/contract/journal.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Every kind of tensor that a method adds: prefixes, low rank, bottlenecks, gains and biases. */
const methods = [{ prefix: { length: 3 } }, 'lora', { adapter: { bottleneck: 4 } }, 'ln-tuning'];
const training = { max_steps: 4, batch_size: 8, eval_steps: 4, dropout: 0.1 };

it('trains on WebGPU as on the CPU: dropout, every kind of tensor, evaluations', async () => {
  const config = smallConfig(temporaryFolder(), { methods, training });
  const results = [];
  for (const device of ['cpu', 'webgpu']) {
    const { events, outcome } = await attempt(await createRun(config, [`device=${device}`]), false);
    expect(outcome).toEqual({ state: 'finished', step: 4 });
    results.push(events);
  }
  const [onCpu = [], onGpu = []] = results;
  const of = <T extends 'progress' | 'evaluation'>(events: typeof onCpu, type: T) =>
    events.filter((event): event is JournalEventOf<T> => event.type === type);
  const curve = (events: typeof onCpu) => of(events, 'progress').map(({ loss }) => loss);
  expect(curve(onCpu)).toHaveLength(4);
  for (const [i, loss] of curve(onGpu).entries()) expect(Math.abs(loss - curve(onCpu)[i]!)).toBeLessThan(1e-4);
  for (const [i, { metrics }] of of(onGpu, 'evaluation').entries()) {
    const expected = of(onCpu, 'evaluation')[i]!.metrics;
    expect(metrics.accuracy).toBe(expected.accuracy);
    expect(Math.abs(metrics.loss! - expected.loss!)).toBeLessThan(1e-4);
  }
  expect(onGpu[0]).toMatchObject({ type: 'hello', executor: 'onnx', device: 'webgpu' });
  expect(onGpu.find(({ type }) => type === 'note')).toMatchObject({
    code: 'device',
    message: expect.stringMatching(/^device: webgpu computes \d+ of \d+ nodes; the CPU does .*Slice ×\d+/),
  });
});

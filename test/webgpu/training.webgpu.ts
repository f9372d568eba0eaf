import path from 'node:path';
import { expect, it } from 'vitest';
import type { JournalEvent, JournalEventOf } from '../../extension/contract/journal.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Every tensor of the model, and every kind that methods add: prefixes, low rank, bottlenecks. */
const methods = ['full', { prefix: { length: 3 } }, 'lora', { adapter: { bottleneck: 4 } }];

const of = <T extends JournalEvent['type']>(events: readonly JournalEvent[], type: T) =>
  events.filter((event): event is JournalEventOf<T> => event.type === type);

it('trains on WebGPU as on the CPU: dropout, every kind of tensor, evaluations', async () => {
  const training = { max_steps: 4, batch_size: 8, eval_steps: 4, dropout: 0.1 };
  const config = smallConfig(temporaryFolder(), { methods, training });
  const results = [];
  for (const device of ['cpu', 'webgpu']) {
    const { events, outcome } = await attempt(await createRun(config, [`device=${device}`]), false);
    expect(outcome).toEqual({ state: 'finished', step: 4 });
    results.push(events);
  }
  const [onCpu = [], onGpu = []] = results;
  const curve = (events: typeof onCpu) => of(events, 'progress').map(({ loss }) => loss);
  expect(curve(onCpu)).toHaveLength(4);
  for (const [i, loss] of curve(onGpu).entries()) expect(Math.abs(loss - curve(onCpu)[i]!)).toBeLessThan(1e-4);
  for (const [i, { metrics }] of of(onGpu, 'evaluation').entries()) {
    const expected = of(onCpu, 'evaluation')[i]!.metrics;
    expect(metrics.accuracy).toBe(expected.accuracy);
    expect(Math.abs(metrics.loss! - expected.loss!)).toBeLessThan(1e-4);
  }
  expect(onGpu[0]).toMatchObject({ type: 'hello', executor: 'onnx', device: 'webgpu' });
  expect(of(onGpu, 'note')).toMatchObject([
    {
      code: 'device',
      message: expect.stringMatching(/^device: webgpu computes \d+ of \d+ nodes; the CPU does .*Slice ×\d+/),
    },
  ]);
});

it('device: auto tries the GPU on the run itself, goes by figures, says so, and keeps to it when resumed', async () => {
  const trainer = {
    node: process.execPath,
    nodeArguments: [path.resolve(import.meta.dirname, '../../bin/peft-lab.cjs')],
  };
  // So many steps that a trial would pay.
  const training = { max_steps: 100_000, batch_size: 8 };
  const run = await createRun(smallConfig(temporaryFolder(), { training }));
  const first = await attempt(run, false, 1, { trainer });
  const [note] = of(first.events, 'note');
  const figures = /^device: auto takes (cpu|webgpu): a step takes ([\d.]+) ms on webgpu, ([\d.]+) ms on the CPU$/;
  const [, device, gpuMs, cpuMs] = figures.exec(note!.message) ?? [note!.message];
  // The driver is software: what it takes it by is time alone.
  expect(device).toBe(Number(gpuMs) * 1.1 < Number(cpuMs) ? 'webgpu' : 'cpu');
  expect(of(first.events, 'hello')[0]!.device).toBe('auto');

  const second = await attempt(run, true, 2, { trainer });
  expect(of(second.events, 'hello')[0]!.device).toBe(device);
  expect(of(second.events, 'note').map(({ message }) => message)).not.toContain(note!.message);
});

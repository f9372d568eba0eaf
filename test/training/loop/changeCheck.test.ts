import { describe, expect, it } from 'vitest';
import type { TrainableState } from '../../../extension/engines/engine.ts';
import { ChangeCheck } from '../../../extension/training/loop/changeCheck.ts';
import type { RunEvent } from '../../../extension/training/loop/report.ts';

/** Warnings after steps `from` + 1 … `to`, with tensors that are what `valueAt` says. */
async function warnings(
  from: number,
  to: number,
  valueAt: (name: string, step: number) => number,
  { schedule = (_: number): number => 1, totalSteps = 12 } = {},
) {
  let step = from;
  const read = async (): Promise<TrainableState> => {
    const values = new Map(['gain', 'bias'].map((name) => [name, Float32Array.of(valueAt(name, step))]));
    return { values, slots: {} };
  };
  const events: RunEvent[] = [];
  const check = new ChangeCheck({ read }, { totalSteps, schedule }, (event) => events.push(event));
  await check.begin(from);
  for (step = from + 1; step <= to; step++) await check.after(step);
  return events.map((event) => event.type === 'warning' && event.message);
}

describe('ChangeCheck', () => {
  it('is content when every tensor has changed', async () => {
    expect(await warnings(0, 12, (_, step) => step)).toEqual([]);
  });

  it('warns once, after ten steps, of a tensor that has not changed', async () => {
    expect(await warnings(0, 12, (name, step) => (name === 'gain' ? step : 1))).toEqual([
      '1 of 2 tuned tensors have not changed after 10 steps: bias; raise the learning rate, or leave them out',
    ]);
  });

  it('looks at the last step of a run that is shorter, also of a resumed one', async () => {
    expect(await warnings(8, 12, () => 1)).toEqual([expect.stringContaining('after 12 steps: gain, bias; raise')]);
  });

  it('does not look again far into a run', async () => {
    expect(await warnings(10, 12, () => 1)).toEqual([]);
  });

  it('gives what multiplies a zero at first, as in LoRA, three steps with a rate to move in', async () => {
    const afterWarmup = (step: number) => (step === 1 ? 0 : 1);
    const onlyGain = (name: string, step: number) => (name === 'gain' ? step : 1);
    const within = (totalSteps: number, valueAt: typeof onlyGain) =>
      warnings(0, totalSteps, valueAt, { schedule: afterWarmup, totalSteps });
    expect(await within(2, onlyGain)).toEqual([]);
    expect(await within(3, onlyGain)).toEqual([]);
    expect(await within(4, onlyGain)).toEqual([expect.stringContaining('after 4 steps: bias; raise')]);
    expect(await within(2, () => 1)).toEqual([expect.stringContaining('after 2 steps: gain, bias; raise')]);
  });

  it('names a learning rate of zero as the cause where it is', async () => {
    expect(await warnings(0, 10, () => 1, { schedule: () => 0 })).toEqual([
      expect.stringContaining('set training.warmup_ratio: 0'),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { ProgressMeter } from '../../../extension/training/loop/progressMeter.ts';
import type { RunEvent } from '../../../extension/training/loop/report.ts';

const groups = [{ name: 'ln-tuning', learningRate: 1e-3 }];

function meterOf(totalSteps: number) {
  const events: Extract<RunEvent, { type: 'progress' }>[] = [];
  const pace = { totalSteps, groups, schedule: (step: number) => 1 / step };
  const meter = new ProgressMeter(pace, (event) => event.type === 'progress' && events.push(event));
  return { meter, events };
}

describe('ProgressMeter', () => {
  it('reports every step of a short run, with its loss, rate and tokens so far', () => {
    const { meter, events } = meterOf(2);
    meter.count(1, 0.5, 10, { loss: 4, gradientNorm: 1 });
    meter.count(2, 1, 20, { loss: 2, gradientNorm: 3 });
    expect(events).toMatchObject([
      { step: 1, totalSteps: 2, epoch: 0.5, loss: 4, learningRate: 1e-3, gradientNorm: 1, tokens: 10 },
      { step: 2, totalSteps: 2, epoch: 1, loss: 2, learningRate: 5e-4, gradientNorm: 3, tokens: 30 },
    ]);
  });

  it('reports several steps of a long run at once, with their mean loss', () => {
    const { meter, events } = meterOf(12_001);
    for (let step = 1; step <= 12_001; step++) meter.count(step, 0, 1, { loss: step, gradientNorm: 1 });
    expect(events).toHaveLength(4001);
    expect(events[0]).toMatchObject({ step: 3, loss: 2, tokens: 3 });
    expect(events.at(-1)).toMatchObject({ step: 12_001, loss: 12_001 });
  });

  it('goes on counting where an earlier attempt was', () => {
    const { meter } = meterOf(10);
    meter.restore({ tokens: 100, elapsedSeconds: 60 });
    meter.count(4, 0.4, 10, { loss: 1, gradientNorm: 1 });
    expect(meter.spent.tokens).toBe(110);
    expect(meter.spent.elapsedSeconds).toBeGreaterThanOrEqual(60);
  });
});

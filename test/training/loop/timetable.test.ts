import { describe, expect, it } from 'vitest';
import { timetable } from '../../../extension/training/loop/timetable.ts';

const options = { epochs: 2, max_steps: null, gradient_accumulation: 1, eval_steps: null, checkpoint_steps: null };
const stepsWhere = (total: number, when: (step: number) => boolean) =>
  Array.from({ length: total }, (_, i) => i + 1).filter(when);

describe('timetable', () => {
  it('evaluates and checkpoints after every epoch by default', () => {
    const plan = timetable(5, options);
    expect(plan.totalSteps).toBe(10);
    expect(stepsWhere(10, plan.evaluatesAfter)).toEqual([5, 10]);
    expect(stepsWhere(10, plan.checkpointsAfter)).toEqual([5, 10]);
  });

  it('rounds the last, smaller optimizer step of an epoch up', () => {
    expect(timetable(5, { ...options, gradient_accumulation: 2 })).toMatchObject({ stepsPerEpoch: 3, totalSteps: 6 });
  });

  it('takes max_steps before epochs, and evaluates at the end whatever the interval', () => {
    const plan = timetable(5, { ...options, epochs: null, max_steps: 7, eval_steps: 3 });
    expect(plan.totalSteps).toBe(7);
    expect(stepsWhere(7, plan.evaluatesAfter)).toEqual([3, 6, 7]);
    expect(stepsWhere(7, plan.checkpointsAfter)).toEqual([3, 5, 6, 7]);
  });

  it('checkpoints at its own interval when there is one', () => {
    const plan = timetable(5, { ...options, checkpoint_steps: 4 });
    expect(stepsWhere(10, plan.checkpointsAfter)).toEqual([4, 8, 10]);
  });

  it('allows a fraction of an epoch', () => {
    expect(timetable(10, { ...options, epochs: 0.25 }).totalSteps).toBe(3);
  });
});

import { expect, it } from 'vitest';
import { progressOf, secondsLeft } from '../../extension/view/progress.ts';

it('tells how far a run is, and what is left at the pace of the whole run', () => {
  const run = { step: 25, totalSteps: 100, elapsedSeconds: 50 };
  expect([progressOf(run), secondsLeft(run)]).toEqual([0.25, 150]);
  expect(progressOf({ ...run, step: 120 })).toBe(1);
});

it('tells nothing before there is anything to tell from', () => {
  expect(progressOf({ step: 0, totalSteps: 0 })).toBeUndefined();
  for (const none of [{ step: 0 }, { totalSteps: 0 }, { elapsedSeconds: 0 }]) {
    expect(secondsLeft({ step: 25, totalSteps: 100, elapsedSeconds: 50, ...none })).toBeUndefined();
  }
});

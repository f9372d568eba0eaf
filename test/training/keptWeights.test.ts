import path from 'node:path';
import { expect, it } from 'vitest';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { reduceSummary, startSummary } from '../../extension/runs/journal/summary.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Rates so high that a later evaluation is worse than an earlier one. */
const training = { epochs: 8, batch_size: 8, learning_rate: 0.3, lr_scheduler: 'constant', eval_steps: 2, dropout: 0 };

it.each([
  ['finished', Number.POSITIVE_INFINITY],
  ['stopped', 30],
])(
  'tells of a run that was %s what its kept weights reach, as a later evaluation finds it',
  async (state, stopAfter) => {
    const folder = temporaryFolder();
    const run = await createRun(smallConfig(folder, { training, backbone: 'fp32' }));
    const { outcome, events } = await attempt(run, false, stopAfter);
    expect(outcome.state).toBe(state);
    const { metrics, metricsStep, last } = events.reduce(reduceSummary, startSummary('')).summary;
    expect(metricsStep).toBeLessThan(last!.step);
    const later = await evaluateRun(run, path.join(folder, 'validation.tsv'), () => {});
    expect(later.metrics.accuracy).toBeCloseTo(metrics.accuracy!, 6);
    expect(later.metrics.accuracy).not.toBeCloseTo(last!.metrics.accuracy!, 6);
  },
);

import { describe, expect, it } from 'vitest';
import { sweepOfTexts } from '../../../extension/experiments/plan/sweepOfTexts.ts';
import { sweepView } from '../../../extension/experiments/sweepView.ts';
import {
  armDescription,
  armTitle,
  sweepDescription,
  sweepMatches,
  sweepSentences,
} from '../../../extension/host/explorer/sweepRows.ts';
import type { RunEntry } from '../../../extension/runs/folder/runEntry.ts';
import { runEntry } from '../../support/runEntry.ts';

const text = 'experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: 4\n';
const config =
  'model: m\ntask: classification\ndata: {train: t.tsv, validation: d.tsv, test: e.tsv}\nmethods: [full]\n';
const record = { id: 's', createdAt: '2026-01-01T00:00:00Z', path: '/w/reviews.sweep.yaml' };

/** A sweep of eight runs of which so many have finished, one minute each. */
function listed(finished: number, isDriven: boolean, verdict?: readonly string[]) {
  const planned = sweepOfTexts({ text, experiments: [{ file: 'a.peft.yaml', text: config }] });
  if ('errors' in planned) throw new Error(planned.errors.join());
  const best = { name: 'accuracy', value: 0.8, step: 1 };
  const runs = new Map<number, RunEntry>(
    Array.from({ length: finished }, (_, index) => [
      index,
      runEntry({ id: `r${index}`, summary: { elapsedSeconds: 60, best, metrics: { accuracy: 0.8 } } }),
    ]),
  );
  const runOf = (index: number) => {
    const run = runs.get(index);
    return run && { ...run, evaluations: () => [], outcomes: () => undefined };
  };
  return { record, runs, view: sweepView(record, planned, runOf, isDriven), verdict };
}

const sentence = 'ln-tuning is better than bitfit: accuracy +2.3 points, between +1.6 and +3.1 points (p = 0.008).';

describe('the row of a sweep', () => {
  it('says how far it has come and what is left of it', () => {
    expect(sweepDescription(listed(3, true))).toBe('3/8 runs · 5:00 left');
    expect(sweepDescription(listed(3, false))).toBe('3/8 runs · stopped');
  });

  it('says what was shown when it is whole, and all of it in its hover', () => {
    const whole = listed(8, false, [sentence]);
    expect(sweepDescription(whole)).toBe('8/8 runs · ln-tuning is better than bitfit: accuracy +2.3 points');
    expect(sweepSentences(whole)).toEqual(['2 arms × 4 seeds = 8 runs', '8 of 8 runs finished.', sentence]);
  });

  it('has its arms below, with the mean of the results that are there', () => {
    const sweep = listed(6, true);
    expect([0, 1].map((cell) => armTitle(sweep.view, cell))).toEqual(['ln-tuning', 'bitfit']);
    expect([0, 1].map((cell) => armDescription(sweep, cell))).toEqual(['4/4 runs · acc 80.0', '2/4 runs · acc 80.0']);
  });

  it('is found by its own name and by those of its runs', () => {
    expect(sweepMatches(listed(2, true), 'revi')).toBe(true);
    expect(sweepMatches(listed(2, true), 'state:finished')).toBe(true);
    expect(sweepMatches(listed(2, true), 'letters')).toBe(false);
  });
});

import { sweepOfTexts } from '../../extension/experiments/plan/sweepOfTexts.ts';
import { sweepView } from '../../extension/experiments/sweepView.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { runEntry } from './runEntry.ts';

const text = 'experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: 4\n';
const config =
  'model: m\ntask: classification\ndata: {train: t.tsv, validation: d.tsv, test: e.tsv}\nmethods: [full]\n';
const record = { id: 's', createdAt: '2026-01-01T00:00:00Z', path: '/w/reviews.sweep.yaml' };

/** A sweep of eight runs of which so many have finished, one minute each, and the others are as given. */
export function listedSweep(
  finished: number,
  isDriven: boolean,
  { verdict, others = [] }: { verdict?: readonly string[]; others?: readonly RunEntry[] } = {},
) {
  const planned = sweepOfTexts({ text, experiments: [{ file: 'a.peft.yaml', text: config }] });
  if ('errors' in planned) throw new Error(planned.errors.join());
  const best = { name: 'accuracy', value: 0.8, step: 1 };
  const ended = Array.from({ length: finished }, (_, index) =>
    runEntry({ id: `r${index}`, summary: { elapsedSeconds: 60, best, metrics: { accuracy: 0.8 } } }),
  );
  const runs = new Map<number, RunEntry>([...ended, ...others].map((run, index) => [index, run]));
  const runOf = (index: number) => {
    const run = runs.get(index);
    return run && { ...run, evaluations: () => [], outcomes: () => undefined };
  };
  return { record, runs, view: sweepView(record, planned, runOf, isDriven), verdict };
}

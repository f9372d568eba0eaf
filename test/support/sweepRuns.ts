import type { RunState } from '../../extension/contract/run.ts';
import { type PlannedTexts, sweepOfTexts } from '../../extension/experiments/plan/sweepOfTexts.ts';
import type { SweepRun } from '../../extension/experiments/sweepView.ts';
import { newRun } from './newRun.ts';
import { runEntry } from './runEntry.ts';

const config = `model: tiny
task: classification
data: {train: train.tsv, validation: dev.tsv, test: test.tsv}
methods: [full]
training: {epochs: 9}
`;
export const sweepRecord = { id: 'films-1', createdAt: '2026-01-31T14:00:00.000Z', path: '/home/films.sweep.yaml' };

export function plannedSweep(text: string): PlannedTexts {
  const read = sweepOfTexts({
    text: `experiment: films.peft.yaml\n${text}`,
    experiments: [{ file: 'films.peft.yaml', text: config }],
  });
  if ('errors' in read) throw new Error(read.errors.join('\n'));
  return read;
}

export interface KnownRun {
  readonly state?: RunState;
  readonly accuracy?: number;
  readonly seconds?: number;
  readonly step?: number;
  readonly evaluations?: readonly number[];
  readonly tunable?: number;
  readonly memory?: number;
  /** Rows of the test file that are right, from the first on; what it has right is its accuracy there. */
  readonly right?: readonly boolean[];
}

/** Runs by index, each as its folder would tell it. */
export function sweepRunsOf({ sweep, plan }: PlannedTexts, known: Readonly<Record<number, KnownRun>>) {
  return (index: number): SweepRun | undefined => {
    const run = known[index];
    if (run === undefined) return undefined;
    const {
      state = 'finished',
      accuracy = 0.5,
      seconds = 10,
      step = 10,
      evaluations = [accuracy],
      right,
      tunable,
      memory,
    } = run;
    const number = index - plan.tuningRuns.length;
    const result = { seed: sweep.seeds[number % sweep.seeds.length]!, cell: Math.floor(number / sweep.seeds.length) };
    const { seed, cell } = plan.tuningRuns[index] ?? result;
    const stage = number < 0 ? ('tuning' as const) : ('results' as const);
    const arm = plan.cells[cell]!.arm.name;
    const entry = runEntry({
      id: `films-1-000${index}`,
      record: {
        seed,
        dataHashes: { validation: '1', test: '2' },
        config: { data: { test: { file: 'test.tsv' } } },
        methods: arm,
        ...(tunable !== undefined && { counts: { ...newRun().counts, method: tunable } }),
        sweep: { id: sweepRecord.id, index, stage, arm, experiment: 'films.peft.yaml' },
      },
      state,
      summary: {
        metrics: { accuracy, ...(stage === 'results' && { test_accuracy: right ? shareOf(right) : accuracy + 0.01 }) },
        memoryPeakBytes: memory ?? null,
        elapsedSeconds: seconds,
        step,
        totalSteps: 20,
      },
    });
    return {
      ...entry,
      evaluations: () => evaluations.map((value, i) => ({ step: i, epoch: i + 1, metrics: { accuracy: value } })),
      outcomes: (split) =>
        right && {
          version: 1,
          split,
          step,
          kind: 'classes',
          columns: { label: right.map(() => 1), predicted: right.map(Number) },
        },
    };
  };
}

const shareOf = (right: readonly boolean[]): number => right.filter(Boolean).length / right.length;

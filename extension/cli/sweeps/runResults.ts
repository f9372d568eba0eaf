import type { RunRecord } from '../../contract/run.ts';
import type { RunResult } from '../../experiments/verdict/questionsOfRuns.ts';
import { plainInLine } from '../../files/plainText.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { evaluationsOf, outcomesOf } from '../../runs/folder/sweepRuns.ts';
import { knownTask } from '../../tasks/registry.ts';
import { metricsFor } from '../../tasks/taskMetrics.ts';
import { groupBy } from '../../view/groupBy.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { labelsOf } from '../variants.ts';

/** What comparisons need of runs of any origin: those that differ in the seed alone are one arm. */
export async function resultsOfRuns(runs: readonly RunEntry[]): Promise<readonly RunResult[]> {
  const groups = groupBy(runs, ({ record }) => seedGroupOf(record));
  const firsts = groups.map(([first]) => first!.record);
  const labels = distinct(
    labelsOf(firsts).map((label, i) => (firsts[i]!.sweep?.stage === 'tuning' ? `${label}, tuning runs` : label)),
  );
  const results = groups.flatMap((group, index) => group.map((run) => resultOf(run, labels[index]!)));
  return Promise.all(results);
}

/** `lora`, `lora #2` */
const distinct = (labels: readonly string[]): readonly string[] =>
  labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return plainInLine(before === 0 ? label : `${label} #${before + 1}`);
  });

async function resultOf(run: RunEntry, arm: string): Promise<RunResult> {
  const steps = (await evaluationsOf(run)).map(({ step }) => step);
  const { record, state, summary } = run;
  return { arm, record, state, summary, evaluations: new Set(steps).size, outcomes: (split) => outcomesOf(run, split) };
}

/** What a run's task is watched by. */
export function mainMetric({ task, labels }: RunRecord): string {
  const known = knownTask(task);
  return known === undefined ? 'loss' : metricsFor(known, labels)[0]!;
}

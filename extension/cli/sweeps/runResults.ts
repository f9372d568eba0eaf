import path from 'node:path';
import type { JudgedSplit, RowOutcomesFile } from '../../contract/rowOutcomes.ts';
import { type RunRecord, runFiles } from '../../contract/run.ts';
import type { RunResult } from '../../experiments/verdict/questionsOfRuns.ts';
import { plainInLine } from '../../files/plainText.ts';
import { readRowOutcomes } from '../../runs/folder/rowOutcomes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { readJournal } from '../../runs/journal/journalReader.ts';
import { knownTask } from '../../tasks/registry.ts';
import { metricsFor } from '../../tasks/taskMetrics.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { groupBy } from '../../view/tellApart.ts';
import { labelsOf } from '../variants.ts';

/** What comparisons need of runs of any origin: those that differ in the seed alone are one arm. */
export async function resultsOfRuns(runs: readonly RunEntry[]): Promise<readonly RunResult[]> {
  const groups = groupBy(runs, ({ record }) => seedGroupOf(record));
  const labels = distinct(labelsOf(groups.map(([first]) => first!.record)));
  const results = groups.flatMap((group, index) => group.map((run) => resultOf(run, labels[index]!)));
  return Promise.all(results);
}

/** `lora`, `lora #2` */
const distinct = (labels: readonly string[]): readonly string[] =>
  labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return plainInLine(before === 0 ? label : `${label} #${before + 1}`);
  });

/** What a comparison needs of one run. */
export async function resultOf({ folder, record, state, summary }: RunEntry, arm: string): Promise<RunResult> {
  const { events } = await readJournal(path.join(folder, runFiles.journal));
  const steps = events.flatMap((event) =>
    event.type === 'evaluation' && event.split === 'validation' ? event.step : [],
  );
  const outcomes = (split: JudgedSplit): RowOutcomesFile | undefined => {
    const read = readRowOutcomes(folder, split);
    return read.kind === 'ok' ? read.value : undefined;
  };
  return { arm, record, state, summary, evaluations: new Set(steps).size, outcomes };
}

/** What a run's task is watched by. */
export function mainMetric({ task, labels }: RunRecord): string {
  const known = knownTask(task);
  return known === undefined ? 'loss' : metricsFor(known, labels ?? [])[0]!;
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { JudgedSplit } from '../../contract/rowOutcomes.ts';
import { runFiles } from '../../contract/run.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import type { PlannedTexts } from '../../experiments/plan/sweepOfTexts.ts';
import type { Evaluation } from '../../experiments/progress.ts';
import type { SweepRun } from '../../experiments/sweepView.ts';
import { readJournal } from '../journal/journalReader.ts';
import { RunError } from '../runErrors.ts';
import { readRowOutcomes } from './rowOutcomes.ts';
import type { RunEntry } from './runEntry.ts';
import type { RunStore } from './store.ts';
import { variantRunId } from './sweepFolder.ts';

/**
 * The runs of a sweep that are there, by their index. Only their own folders are looked at.
 * @param tell hears of each that cannot be read and is left out; without it one is refused
 * @throws RunError `unreadable`
 */
export async function runsOfSweep(
  store: RunStore,
  { id }: Pick<SweepRecord, 'id'>,
  plan: SweepPlan,
  tell?: (problem: string) => void,
): Promise<ReadonlyMap<number, RunEntry>> {
  const total = plan.tuningRuns.length + plan.resultCount;
  const indexes = Array.from({ length: total }, (_, index) => index).filter((index) =>
    existsSync(path.join(store.folder, variantRunId(id, index), runFiles.record)),
  );
  const read = await store.readAll(indexes.map((index) => path.join(store.folder, variantRunId(id, index))));
  const runs = new Map<number, RunEntry>();
  for (const [i, run] of read.entries()) {
    if (run.kind === 'run') runs.set(indexes[i]!, run.entry);
    else {
      const problem = `${run.folder}: ${run.problem}; put back what is damaged, or move the folder away and resume the sweep, which trains that run anew`;
      if (tell === undefined) throw new RunError('unreadable', problem);
      tell(problem);
    }
  }
  return runs;
}

/**
 * The runs of a sweep as its view takes them. Journals are read where they tell something: those of tuning runs that are halved,
 * and those of results that are to be judged.
 * @param tell as of `runsOfSweep`
 */
export async function readSweepRuns(
  store: RunStore,
  record: Pick<SweepRecord, 'id'>,
  { sweep, plan }: PlannedTexts,
  isJudged: boolean,
  tell?: (problem: string) => void,
): Promise<ReadonlyMap<number, SweepRun & { readonly folder: string }>> {
  const isHalved = sweep.tuning?.search.kind === 'halving';
  const runs = new Map<number, SweepRun & { readonly folder: string }>();
  for (const [index, entry] of await runsOfSweep(store, record, plan, tell)) {
    const isRead = index < plan.tuningRuns.length ? isHalved : isJudged;
    const evaluations = isRead ? await evaluationsOf(entry) : [];
    runs.set(index, {
      folder: entry.folder,
      record: entry.record,
      state: entry.state,
      summary: entry.summary,
      evaluations: () => evaluations,
      outcomes: (split) => outcomesOf(entry, split),
    });
  }
  return runs;
}

/** Every evaluation of a run on validation rows, in order. */
export async function evaluationsOf({ folder }: Pick<RunEntry, 'folder'>): Promise<readonly Evaluation[]> {
  const { events } = await readJournal(path.join(folder, runFiles.journal));
  return events.flatMap((event) => (event.type === 'evaluation' && event.split === 'validation' ? [event] : []));
}

/** What is kept of the rows that judged a run; undefined where nothing usable is. */
export function outcomesOf({ folder }: Pick<RunEntry, 'folder'>, split: JudgedSplit) {
  const read = readRowOutcomes(folder, split);
  return read.kind === 'ok' ? read.value : undefined;
}

import type { SweepRecord } from '../../contract/sweep.ts';
import type { SweepView } from '../../contract/sweepView.ts';
import { type PlannedTexts, sweepOfTexts } from '../../experiments/plan/sweepOfTexts.ts';
import type { Evaluation } from '../../experiments/progress.ts';
import { sweepView } from '../../experiments/sweepView.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { evaluationsOf } from '../../runs/folder/sweepRuns.ts';

/** Plans by the sweep's folder, for a record never changes; undefined where this version cannot read one. */
const plans = new Map<string, PlannedTexts | undefined>();

/** Evaluations by run folder, as long as the journal is no longer. */
const journals = new Map<string, { readonly bytes: number; readonly evaluations: readonly Evaluation[] }>();

/** A sweep as it is by its runs. Journals are read only of runs that are halved. */
export async function viewOf(
  folder: string,
  record: SweepRecord,
  runs: ReadonlyMap<number, RunEntry>,
  isDriven: boolean,
): Promise<SweepView | undefined> {
  const planned = planOf(folder, record);
  if (planned === undefined) return undefined;
  const isHalved = planned.sweep.tuning?.search.kind === 'halving';
  const evaluations = new Map<number, readonly Evaluation[]>();
  for (const [index, run] of runs)
    if (isHalved && index < planned.plan.tuningRuns.length) evaluations.set(index, await knownEvaluations(run));
  const runOf = (index: number) => {
    const run = runs.get(index);
    return run && { ...run, evaluations: () => evaluations.get(index) ?? [], outcomes: () => undefined };
  };
  return sweepView(record, planned, runOf, isDriven);
}

function planOf(folder: string, record: SweepRecord): PlannedTexts | undefined {
  if (!plans.has(folder)) {
    const planned = sweepOfTexts(record);
    plans.set(folder, 'errors' in planned ? undefined : planned);
  }
  return plans.get(folder);
}

async function knownEvaluations(run: RunEntry): Promise<readonly Evaluation[]> {
  const bytes = run.summary.journalBytes;
  const known = journals.get(run.folder);
  if (known?.bytes === bytes) return known.evaluations;
  const evaluations = await evaluationsOf(run);
  journals.set(run.folder, { bytes, evaluations });
  return evaluations;
}

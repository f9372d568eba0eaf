import { existsSync } from 'node:fs';
import path from 'node:path';
import { runFiles } from '../../contract/run.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { variantRunId } from '../../runs/folder/sweepFolder.ts';

/** The runs of a sweep that are there, by their index. Only their own folders are looked at. */
export async function runsOfSweep(
  store: RunStore,
  { id }: SweepRecord,
  plan: SweepPlan,
): Promise<ReadonlyMap<number, RunEntry>> {
  const total = plan.tuningRuns.length + plan.resultCount;
  const indexes = Array.from({ length: total }, (_, index) => index).filter((index) =>
    existsSync(path.join(store.folder, variantRunId(id, index), runFiles.record)),
  );
  const entries = await store.readAll(indexes.map((index) => path.join(store.folder, variantRunId(id, index))));
  return new Map(indexes.map((index, i) => [index, entries[i]!]));
}

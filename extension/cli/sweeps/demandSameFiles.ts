import { existsSync } from 'node:fs';
import path from 'node:path';
import { type NewRun, runFiles } from '../../contract/run.ts';
import type { Variant } from '../../experiments/plan/planSweep.ts';
import { pointOfRun } from '../../experiments/plan/pointOfRun.ts';
import { changedSource, sourcesOf } from '../../experiments/plan/sources.ts';
import { UserError } from '../../problems/userError.ts';
import { variantRunId } from '../../runs/folder/sweepFolder.ts';
import { startIn } from './openSweep.ts';
import type { StoredSweep } from './storedSweep.ts';

/**
 * The files that a run is made of must be what they were for the runs of its sweep that are there: those that failed aside, runs of
 * other rows or weights cannot be compared with these.
 * @throws UserError naming the one that changed
 */
export async function demandSameFiles(stored: StoredSweep, { cell, point }: Variant, run: NewRun): Promise<void> {
  const { sweep, plan, record, store } = stored;
  const { experiment, configs } = plan.cells[cell]!;
  const sources = sourcesOf(configs[point]!, run);
  const before = new Map<string, string>();
  const first = plan.tuningRuns.length;
  for (let index = 0; index < first + plan.resultCount; index++) {
    // All are named by the first run, where nothing that is varied chooses a file.
    if ([...sources.keys()].every((name) => before.has(name))) break;
    const of = plan.cells[plan.tuningRuns[index]?.cell ?? Math.floor((index - first) / sweep.seeds.length)]!;
    const folder = path.join(store.folder, variantRunId(record.id, index));
    if (of.experiment !== experiment || !existsSync(path.join(folder, runFiles.record))) continue;
    const made = await store.read(folder);
    const trained = plan.tuningRuns[index]?.point ?? pointOfRun(of, made.record.config);
    if (made.state === 'failed' || trained === undefined) continue;
    for (const [name, hash] of sourcesOf(of.configs[trained]!, made.record))
      if (!before.has(name)) before.set(name, hash);
  }
  const changed = changedSource(before, sources);
  if (changed === undefined) return;
  throw new UserError(
    `${experiment.file}: ${changed} must hold what it held for the first runs of the sweep, got other contents; put the old file back, or start anew: ${startIn(stored, ' --new')}`,
    'usage',
  );
}

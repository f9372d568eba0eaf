import { runsOfSweep } from '../../runs/folder/sweepRuns.ts';
import type { StoredSweep } from './storedSweep.ts';

/** Seconds that the runs of a sweep have taken, all together and in all of their attempts. */
export async function secondsSpent({ store, record, plan }: StoredSweep): Promise<number> {
  const runs = await runsOfSweep(store, record, plan);
  return [...runs.values()].reduce((sum, { summary }) => sum + summary.elapsedSeconds, 0);
}

/** That jobs of Slurm leave what is missing of a sweep. */
export const overdueText =
  'limit.hours: the runs have taken that long together since the jobs were submitted; no further one starts';

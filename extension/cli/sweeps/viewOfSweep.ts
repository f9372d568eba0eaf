import type { SweepView } from '../../contract/sweepView.ts';
import { sweepView } from '../../experiments/sweepView.ts';
import { isSweepDriven } from '../../runs/control/sweepDriver.ts';
import { readSweepRuns } from '../../runs/folder/sweepRuns.ts';
import type { StoredSweep } from './storedSweep.ts';

/**
 * A sweep as it lies in its folders now.
 * @param isJudged with verdicts, which take statistics and all outcomes of rows
 * @param tell hears of runs that cannot be read and are left out
 */
export async function viewOfSweep(
  stored: StoredSweep,
  isJudged: boolean,
  tell?: (problem: string) => void,
): Promise<SweepView> {
  const { folder, record, store } = stored;
  const runs = await readSweepRuns(store, record, stored, isJudged, tell);
  const judge = isJudged ? (await import('../../experiments/verdict/judge.ts')).judge : undefined;
  return sweepView(record, stored, (index) => runs.get(index), await isSweepDriven(folder), judge);
}

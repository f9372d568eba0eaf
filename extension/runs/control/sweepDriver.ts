import { claimHolder } from '../folder/claim.ts';
import { readBatches } from '../folder/sweepJobs.ts';
import { livenessOfRun } from '../process/process.ts';
import { knownBatches, liveTasks } from './sweepBatches.ts';

/** Lists are made often, and the controller serves everyone. */
const freshMs = 30_000;
const asked = new Map<string, { readonly ms: number; readonly batches: number; readonly hasJobs: boolean }>();

/** Whether a process is at a sweep now, or jobs of it run or wait, though no run may be under way. */
export async function isSweepDriven(folder: string): Promise<boolean> {
  const holder = claimHolder(folder);
  if (holder !== undefined && (await livenessOfRun(holder)) === 'alive') return true;
  const batches = readBatches(folder).length;
  if (batches === 0) return false;
  const known = asked.get(folder);
  // Jobs that are over stay so.
  if (known?.batches === batches && (!known.hasJobs || Date.now() - known.ms < freshMs)) return known.hasJobs;
  const hasJobs = await hasLiveJobs(folder);
  if (hasJobs !== undefined) asked.set(folder, { ms: Date.now(), batches, hasJobs });
  return hasJobs ?? false;
}

/** Undefined where the cluster cannot be asked. */
async function hasLiveJobs(folder: string): Promise<boolean | undefined> {
  try {
    return (await knownBatches(folder)).some((batch) => liveTasks(batch).length > 0);
  } catch {
    return undefined;
  }
}

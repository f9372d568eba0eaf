import { claimHolder } from '../folder/claim.ts';
import { livenessOfRun } from '../process/process.ts';

/** Whether a process is at a sweep now, though no run of it may be under way. */
export async function isSweepDriven(folder: string): Promise<boolean> {
  const holder = claimHolder(folder);
  return holder !== undefined && (await livenessOfRun(holder)) === 'alive';
}

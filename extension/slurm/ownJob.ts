import type { ProcessRecord } from '../contract/run.ts';

/** A job of Slurm, as the processes in it are on record. */
export type JobIdentity = NonNullable<ProcessRecord['job']>;

/**
 * The job that this process runs in; undefined outside one. A task of an array is named by the array: the id of its own may be
 * the array's, which would mean all of them.
 */
export function ownJob(environment: NodeJS.ProcessEnv = process.env): JobIdentity | undefined {
  const { SLURM_JOB_ID: job, SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task } = environment;
  const id = array !== undefined && task !== undefined ? `${array}_${task}` : job;
  if (id === undefined || !/^\d+(_\d+)?$/.test(id)) return undefined;
  const restarts = Number(environment.SLURM_RESTART_COUNT ?? 0);
  return { engine: 'slurm', cluster: environment.SLURM_CLUSTER_NAME ?? '', id, restarts: restarts || 0 };
}

/** Threads that this process's job has processors for; undefined outside one. Else two runs on a node would fight for its cores. */
export function jobThreads(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const cpus = Number(environment.SLURM_CPUS_PER_TASK);
  return ownJob(environment) !== undefined && Number.isInteger(cpus) && cpus > 0 ? cpus : undefined;
}

/** Whether a job was started again after the attempt on record: that one is over, though its node may not know. */
export const succeeds = (own: JobIdentity | undefined, held: JobIdentity | undefined): boolean =>
  own !== undefined &&
  held !== undefined &&
  own.cluster === held.cluster &&
  own.id === held.id &&
  own.restarts > held.restarts;

import { describe, expect, it } from 'vitest';
import { answerTo } from '../../extension/slurm/notice.ts';
import { jobThreads, ownJob, succeeds } from '../../extension/slurm/ownJob.ts';

describe('after the checkpoint', () => {
  it.each([
    ['a warning alone', { ahead: true, now: false }, undefined, 'requeue'],
    ['SIGTERM in a job that is being cancelled', { ahead: false, now: true }, 'COMPLETING', 'exit'],
    ['SIGTERM in a job that is forgotten', { ahead: false, now: true }, '', 'exit'],
    ['SIGTERM in the grace of a preemption', { ahead: false, now: true }, 'RUNNING', 'stay'],
    ['SIGTERM where nobody can be asked', { ahead: false, now: true }, undefined, 'stay'],
    ['a warning, then SIGTERM: it may be cancelled', { ahead: true, now: true }, 'COMPLETING', 'exit'],
    ['no signal: someone stopped the run', { ahead: false, now: false }, 'RUNNING', 'exit'],
  ] as const)('answers %s', (_, notice, state, answer) => {
    expect(answerTo(notice, state)).toBe(answer);
  });
});

describe('the job of a process', () => {
  const array = { SLURM_JOB_ID: '12', SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '7', SLURM_CLUSTER_NAME: 'lab' };

  it('is a task of its array: the id of the last task is the array', () => {
    expect(ownJob(array)).toEqual({ engine: 'slurm', cluster: 'lab', id: '12_7', restarts: 0 });
    expect(ownJob({ ...array, SLURM_RESTART_COUNT: '2' })?.restarts).toBe(2);
    expect(ownJob({ SLURM_JOB_ID: '12' })).toEqual({ engine: 'slurm', cluster: '', id: '12', restarts: 0 });
    expect(ownJob({})).toBeUndefined();
    expect(ownJob({ SLURM_JOB_ID: 'x; rm' })).toBeUndefined();
  });

  it('has as many threads as the job has processors', () => {
    expect(jobThreads({ ...array, SLURM_CPUS_PER_TASK: '4' })).toBe(4);
    expect(jobThreads(array)).toBeUndefined();
    expect(jobThreads({ SLURM_CPUS_PER_TASK: '4' })).toBeUndefined();
  });

  it('takes over from its own earlier attempts, and from no other job', () => {
    const [first, second] = [ownJob(array), ownJob({ ...array, SLURM_RESTART_COUNT: '1' })];
    expect(succeeds(second, first)).toBe(true);
    for (const [own, held] of [
      [first, second],
      [first, first],
      [second, undefined],
      [undefined, first],
      [second, ownJob({ ...array, SLURM_ARRAY_TASK_ID: '8' })],
      [second, ownJob({ ...array, SLURM_CLUSTER_NAME: 'other' })],
    ] as const)
      expect(succeeds(own, held)).toBe(false);
  });
});

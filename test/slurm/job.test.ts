import { describe, expect, it } from 'vitest';
import { accountWords, parseAccounts, parseQueue, queueWords } from '../../extension/slurm/job.ts';
import { isOver, isWaiting, verdictOn, whyWaiting } from '../../extension/slurm/jobState.ts';

describe('what squeue says', () => {
  // Slurm 22.05: squeue -h -r -t all -o '%i|%T|%r|%N'
  const captured = `3_1|PENDING|JobArrayTaskLimit|
3_2|PENDING|JobArrayTaskLimit|
3_0|RUNNING|None|n1
17|COMPLETING|None|n[1-2]
slurm_load_jobs error: Invalid job id specified
`;

  it('is read task by task, and what is no task left out', () => {
    expect(parseQueue(captured)).toEqual([
      { id: '3_1', state: 'PENDING', reason: 'JobArrayTaskLimit', nodes: '' },
      { id: '3_2', state: 'PENDING', reason: 'JobArrayTaskLimit', nodes: '' },
      { id: '3_0', state: 'RUNNING', reason: '', nodes: 'n1' },
      { id: '17', state: 'COMPLETING', reason: '', nodes: 'n[1-2]' },
    ]);
    expect(parseQueue('')).toEqual([]);
  });

  it('is asked task by task: waiting ones of an array would share a line', () => {
    expect(queueWords(['3', '17'])).toContain('--array');
    expect(parseQueue('7_[0-7%3]|PENDING|Priority|')).toEqual([]);
  });
});

describe('what sacct says', () => {
  it('is read task by task, with exit codes', () => {
    const captured = `5_0|COMPLETED|0:0|n1
5_1|CANCELLED by 1000|0:0|None assigned
5_2|FAILED|1:0|n2
5_[3-7]|PENDING|0:0|None assigned
`;
    expect(parseAccounts(captured)).toEqual([
      { id: '5_0', state: 'COMPLETED', reason: '', nodes: 'n1', exit: '0:0' },
      { id: '5_1', state: 'CANCELLED by 1000', reason: '', nodes: '', exit: '0:0' },
      { id: '5_2', state: 'FAILED', reason: '', nodes: 'n2', exit: '1:0' },
    ]);
  });

  it('is asked from a day on: by itself it begins at midnight', () => {
    expect(accountWords(['5'], '2026-01-31')).toContain('--starttime=2026-01-31');
  });
});

describe('a run whose journal has no end', () => {
  const task = (state: string, facts: { readonly reason?: string; readonly exit?: string } = {}) => ({
    ...{ id: '7_3', reason: '', nodes: 'n2', state },
    ...facts,
  });

  const more = (what: string) =>
    `ask for more, then resume the run; in a sweep raise where.${what}, then: peft-lab sweep start FILE`;

  it.each([
    ['PENDING', 'queued', 'job 7_3 waits: pending'],
    ['CONFIGURING', 'queued', 'job 7_3 waits: configuring'],
    ['REQUEUED', 'queued', 'job 7_3 waits: requeued'],
    ['REQUEUE_HOLD', 'queued', 'job 7_3 waits: held; let it go on with: scontrol release 7_3'],
    ['SPECIAL_EXIT', 'queued', 'job 7_3 waits: held; let it go on with: scontrol release 7_3'],
    ['RUNNING', 'running', null],
    ['COMPLETING', 'running', null],
    ['SIGNALING', 'running', null],
    ['STAGE_OUT', 'running', null],
    ['RESIZING', 'running', null],
    ['SUSPENDED', 'running', 'job 7_3 is suspended'],
    ['STOPPED', 'running', 'job 7_3 is suspended'],
    ['COMPLETED', 'died', 'job 7_3 exited without saying how it ended'],
    ['CANCELLED', 'stopped', 'job 7_3 was cancelled'],
    ['CANCELLED by 1000', 'stopped', 'job 7_3 was cancelled'],
    ['TIMEOUT', 'died', `job 7_3 reached its time limit; ${more('time')}`],
    ['DEADLINE', 'died', `job 7_3 reached its time limit; ${more('time')}`],
    ['PREEMPTED', 'stopped', 'job 7_3 was preempted'],
    ['OUT_OF_MEMORY', 'died', `job 7_3 ran out of memory; ${more('memory')}`],
    ['NODE_FAIL', 'died', 'job 7_3 lost its node n2'],
    ['BOOT_FAIL', 'died', 'job 7_3 lost its node n2'],
    ['REVOKED', 'died', 'job 7_3 lost its node n2'],
    ['LAUNCH_FAILED', 'stopped', 'job 7_3 ended as LAUNCH_FAILED'],
  ])('is, when Slurm says %s, %s', (state, expected, message) => {
    expect(verdictOn(task(state))).toEqual({ state: expected, message });
    expect({ waiting: isWaiting(task(state)), over: isOver(task(state)) }).toEqual({
      waiting: expected === 'queued',
      over: expected !== 'queued' && expected !== 'running',
    });
  });

  it('tells code and signal of a job that failed', () => {
    expect(verdictOn(task('FAILED', { exit: '3:0' })).message).toBe('job 7_3 exited with code 3');
    expect(verdictOn(task('FAILED', { exit: '0:9' })).message).toBe('job 7_3 was ended by signal 9');
    expect(verdictOn(task('FAILED')).message).toBe('job 7_3 failed');
  });

  it.each([
    ['Priority', 'other jobs come first (Priority)'],
    [
      'PartitionConfig',
      'for ever: no node of its partition can serve it (PartitionConfig); stop the sweep, ask for less in its file, then: peft-lab sweep start FILE',
    ],
    ['BeginTime', 'requeued; about two minutes until it may start again (BeginTime)'],
    ['JobHeldUser', 'held; let it go on with: scontrol release 7_3'],
    ['QOSMaxJobsPerUserLimit', 'QOSMaxJobsPerUserLimit'],
  ])('waits for the reason that Slurm gives: %s', (reason, words) => {
    expect(whyWaiting(task('PENDING', { reason }))).toBe(words);
  });
});

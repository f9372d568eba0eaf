import type { RunState } from '../contract/run.ts';
import type { JobTask } from './job.ts';

/** What a job's state says of a run whose journal has no end. */
export interface JobVerdict {
  readonly state: Exclude<RunState, 'finished' | 'unknown'>;
  /** Why it waits, or what became of it. */
  readonly message: string | null;
}

const waiting = ['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'];
const running = ['RUNNING', 'COMPLETING', 'SIGNALING', 'STAGE_OUT', 'RESIZING', 'SUSPENDED', 'STOPPED'];
const held = ['REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'];

/** `CANCELLED by 1000` → `CANCELLED`; `COMPLETED+` → `COMPLETED`. */
const wordOf = (state: string): string => /^[A-Z_]+/.exec(state)?.[0] ?? '';

export const isWaiting = ({ state }: JobTask): boolean => waiting.includes(wordOf(state));
/** Whether it has ended for good. */
export const isOver = (task: JobTask): boolean => !isWaiting(task) && !running.includes(wordOf(task.state));

/** Reasons for which words of our own say more. */
const reasons: Readonly<Record<string, string>> = {
  Priority: 'other jobs come first (Priority)',
  Resources: 'nothing is free (Resources)',
  Dependency: 'for the stage before (Dependency)',
  BeginTime: 'requeued; about two minutes until it may start again (BeginTime)',
  JobArrayTaskLimit: 'where.at_once of its array are running (JobArrayTaskLimit)',
  DependencyNeverSatisfied: 'for ever: a job before it failed (DependencyNeverSatisfied); stop and resume the sweep',
  PartitionConfig:
    'for ever: no node of its partition can serve it (PartitionConfig); stop the sweep, ask for less in its file, then: peft-lab sweep start FILE',
};

/** Why a task waits, in words. */
export function whyWaiting({ id, state, reason }: JobTask): string {
  if (held.includes(wordOf(state)) || /^JobHeld/.test(reason)) return `held; let it go on with: scontrol release ${id}`;
  return reasons[reason] ?? (reason === '' ? wordOf(state).toLowerCase() : reason);
}

/** Reads a job's state as that of a run whose journal tells no end of the attempt. */
export function verdictOn(task: JobTask): JobVerdict {
  const { id, state, exit, nodes } = task;
  const word = wordOf(state);
  if (isWaiting(task)) return { state: 'queued', message: `job ${id} waits: ${whyWaiting(task)}` };
  if (running.includes(word))
    return { state: 'running', message: word === 'SUSPENDED' || word === 'STOPPED' ? `job ${id} is suspended` : null };
  switch (word) {
    case 'COMPLETED':
      return { state: 'died', message: `job ${id} exited without saying how it ended` };
    case 'FAILED':
      return { state: 'died', message: `job ${id} ${exitWords(exit)}` };
    case 'CANCELLED':
      return { state: 'stopped', message: `job ${id} was cancelled` };
    case 'TIMEOUT':
    case 'DEADLINE':
      return { state: 'died', message: `job ${id} reached its time limit; ${askForMore('time')}` };
    case 'PREEMPTED':
      return { state: 'stopped', message: `job ${id} was preempted` };
    case 'OUT_OF_MEMORY':
      return { state: 'died', message: `job ${id} ran out of memory; ${askForMore('memory')}` };
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'REVOKED':
      return { state: 'died', message: `job ${id} lost its node${nodes === '' ? '' : ` ${nodes}`}` };
    default:
      return { state: 'stopped', message: `job ${id} ended as ${word || state}` };
  }
}

/** A sweep that is resumed keeps the place that it was first started with. */
const askForMore = (what: 'time' | 'memory'): string =>
  `ask for more, then resume the run; in a sweep raise where.${what}, then: peft-lab sweep start FILE`;

/** Of a job that Slurm knows nothing of any more. */
export const goneVerdict = (id: string): JobVerdict => ({ state: 'stopped', message: `its job ${id} is gone` });

/** `1:0` → exited with code 1; `0:9` → was ended by signal 9. */
function exitWords(exit: string | undefined): string {
  const [code, signal] = exit?.split(':') ?? [];
  if (signal !== undefined && signal !== '0') return `was ended by signal ${signal}`;
  return code === undefined ? 'failed' : `exited with code ${code}`;
}

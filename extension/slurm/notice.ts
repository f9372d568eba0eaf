/** What to do once a checkpoint is written because a signal asked for it. */
export type Answer = 'requeue' | 'stay' | 'exit';

/** A job's last word to its tasks. */
interface Notice {
  /** Whether Slurm said that the end is near (USR2). */
  readonly ahead: boolean;
  /** Whether it said that the end is here (TERM), be it of a cancel, a limit or a preemption. */
  readonly now: boolean;
}

/**
 * The answer to a notice. An exit after one would count as done or failed, and the job would never go on: who has been warned asks
 * to be started again, and stays. SIGTERM may mean that someone cancels the job: asking then would bring it back to life. It
 * is ended by Slurm, or started again, in the grace of a preemption, in which it still counts as running.
 * @param jobState of squeue; undefined where it cannot be asked
 */
export function answerTo({ ahead, now }: Notice, jobState: string | undefined): Answer {
  if (!now) return ahead ? 'requeue' : 'exit';
  return jobState === undefined || jobState === 'RUNNING' ? 'stay' : 'exit';
}

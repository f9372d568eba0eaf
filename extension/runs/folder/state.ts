import type { RunHolder, RunState, RunSummary } from '../../contract/run.ts';
import type { JobVerdict } from '../../slurm/jobState.ts';
import type { Liveness } from '../process/process.ts';

/** What is known about a run: its journal's story, who took it, and whether that process is there. */
interface RunEvidence {
  readonly summary: RunSummary;
  /** From `process.json`, or else from the claim; undefined when nobody has taken the run. */
  readonly holder: RunHolder | undefined;
  readonly liveness: Liveness;
  /** What the cluster says of the holder's job, where it has one that is not alive here. */
  readonly job?: JobVerdict | undefined;
  /** Whether this user put it into the queue, here, and it has not begun since; asked of runs that nobody works on. */
  readonly queuedHere: () => boolean;
}

/** A run that would be started without a question, had this user queued it here. */
export const queuedElsewhere = 'queued elsewhere, by someone else or in another place; resume it to start it here';

interface StateVerdict {
  readonly state: RunState;
  /** Why, where the journal does not say it. */
  readonly message: string | null;
}

/**
 * The state of a run. A journal that has an `end` is believed, unless a later attempt is on its way; without one the
 * process decides, and a process that cannot be asked leaves the state `unknown`. A run that nobody works on is queued
 * where this user put it into the queue since, new or to go on.
 */
export function runStateOf(evidence: RunEvidence): StateVerdict {
  const verdict = stateSoFar(evidence);
  const isHeld = ['running', 'queued'].includes(verdict.state) || (verdict.state === 'unknown' && evidence.holder);
  return !isHeld && evidence.queuedHere() ? { state: 'queued', message: null } : verdict;
}

/** Whatever it may wait for. */
function stateSoFar({ summary, holder, liveness, job }: RunEvidence): StateVerdict {
  const ended = summary.endedAt !== null;
  if (ended && (holder === undefined || hasEnded(summary, holder))) {
    return { state: summary.state, message: summary.message };
  }
  if (holder === undefined) {
    const nobody = 'the journal has no end, and nothing says which process wrote it';
    return { state: 'unknown', message: summary.state === 'queued' ? queuedElsewhere : nobody };
  }
  if (liveness === 'alive') return { state: 'running', message: null };
  if (job !== undefined && !(ended && isEnd(job))) return job;
  switch (liveness) {
    case 'unknown':
      return {
        state: 'unknown',
        message: `taken by process ${holder.pid} on host ${holder.host}, out of sight from here`,
      };
    case 'dead':
      // An attempt that died before its first word leaves what the attempt before it said.
      return ended
        ? { state: summary.state, message: summary.message }
        : { state: 'died', message: 'cause unknown: its process is gone and wrote no end' };
  }
}

const isEnd = ({ state }: JobVerdict): boolean => state !== 'running' && state !== 'queued';

/** Whether the attempt of a holder has ended. By its number: clocks of hosts differ. */
export const hasEnded = ({ endedAt, attempt = 0 }: RunSummary, holder: Pick<RunHolder, 'attempt'>): boolean =>
  endedAt !== null && attempt >= holder.attempt;

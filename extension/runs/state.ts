import type { ProcessRecord, RunState, RunSummary } from '../contract/run.ts';
import type { Liveness } from './process.ts';

/** What is known about a run: its journal's story, who took it, and whether that process is there. */
export interface RunEvidence {
  readonly summary: RunSummary;
  /** From `process.json`, or else from the claim; undefined when nobody has taken the run. */
  readonly holder: ProcessRecord | undefined;
  readonly liveness: Liveness;
}

export interface StateVerdict {
  readonly state: RunState;
  /** Why, where the journal does not say it. */
  readonly message: string | null;
}

/**
 * The state of a run. A journal that has an `end` is believed, unless a later attempt is on its way; without one the
 * process decides, and a process that cannot be asked leaves the state `unknown`.
 */
export function runStateOf({ summary, holder, liveness }: RunEvidence): StateVerdict {
  const ended = summary.endedAt !== null;
  if (ended && (holder === undefined || summary.endedAt! >= holder.claimedAt)) {
    return { state: summary.state, message: summary.message };
  }
  if (holder === undefined) {
    return summary.state === 'queued'
      ? { state: 'queued', message: null }
      : { state: 'unknown', message: 'the journal has no end, and nothing says which process wrote it' };
  }
  switch (liveness) {
    case 'alive':
      return { state: 'running', message: null };
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

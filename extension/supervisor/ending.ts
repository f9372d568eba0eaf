import type { EndState, JournalEventOf } from '../contract/journal.ts';
import { errorCode, placeFailure, startFailure, writeFailure } from '../files/failure.ts';
import { tellsOfMemory } from '../files/memoryFailure.ts';
import { stopSignals } from '../processes/signals.ts';

/** How a worker process ended, as its parent saw it. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started at all. */
  readonly startError?: Error;
  /** The file that could not be written before it was given the run, and why: it was ended then. */
  readonly notBegun?: { readonly file: string; readonly error: unknown } | undefined;
  readonly stderrTail: readonly string[];
  /** Whether it had been asked to stop, by a signal to this supervisor or a request in the run's folder. */
  readonly stopAsked: boolean;
  /** Whether this supervisor killed it because it was told to. */
  readonly killedOnRequest: boolean;
  /** Last step on record, and last step with a checkpoint, if any. */
  readonly step: number;
  readonly checkpointStep: number | undefined;
}

/** The `end` of a run whose worker wrote none. A signal is never success, and neither is silence. */
export function endOfWorker(exit: WorkerExit): JournalEventOf<'end'> {
  const { state, message } = verdict(exit);
  // A process that cannot be started would not be for another run either.
  const place = errorCode(exit.startError) ?? placeFailure(exit.notBegun?.error);
  return {
    type: 'end',
    time: new Date().toISOString(),
    state,
    step: exit.step,
    message: `${message}; ${exit.checkpointStep === undefined ? 'it left no checkpoint' : `resume goes on from step ${exit.checkpointStep}`}`,
    ...(exit.code === null ? {} : { exitCode: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
    ...(exit.stderrTail.length === 0 ? {} : { stderrTail: [...exit.stderrTail] }),
    ...(place !== undefined && { placeFailure: place }),
  };
}

function verdict({ code, signal, startError, notBegun, stderrTail, stopAsked, killedOnRequest }: WorkerExit): {
  state: EndState;
  message: string;
} {
  if (startError !== undefined)
    return { state: 'died', message: `the worker could not be started: ${startFailure(startError)}` };
  if (notBegun !== undefined) return { state: 'died', message: `${notBegun.file}: ${writeFailure(notBegun.error)}` };
  if (killedOnRequest) return { state: 'stopped', message: `killed on request (${signal ?? `exit code ${code}`})` };
  if (stopAsked && signal === 'SIGKILL')
    return { state: 'stopped', message: 'killed by SIGKILL after it was asked to stop' };
  if (signal === 'SIGKILL') {
    return {
      state: 'died',
      message:
        'the worker was killed by SIGKILL: by hand, or by the system when memory ran out (try a smaller training.batch_size)',
    };
  }
  // Sent to the whole group, it has met a worker that was only just starting and could not yet outlive it.
  if (stopAsked && isStopSignal(signal)) return { state: 'stopped', message: `stopped by ${signal} before it began` };
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  if (code !== 0 && stderrTail.some(tellsOfMemory)) {
    return { state: 'died', message: `the worker ${how}: memory ran out (try a smaller training.batch_size)` };
  }
  return {
    state: 'died',
    message: code === 0 ? 'the worker exited without saying how it ended' : `the worker ${how}`,
  };
}

const isStopSignal = (signal: NodeJS.Signals | null): boolean => stopSignals.some((known) => known === signal);

/** The exit code of the command line for a run's end. */
export function exitCodeOf(state: EndState): number {
  switch (state) {
    case 'finished':
      return 0;
    case 'stopped':
      return 130;
    case 'failed':
    case 'died':
      return 1;
  }
}

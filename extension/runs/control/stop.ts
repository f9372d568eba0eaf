import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EndState } from '../../contract/journal.ts';
import { type RunHolder, runFiles } from '../../contract/run.ts';
import { errorCode, isCode } from '../../files/failure.ts';
import { killTree } from '../../processes/killTree.ts';
import { cancelJobs } from '../../slurm/slurm.ts';
import { attemptAt, claimRun, hasBegun, readHolder, releaseClaim } from '../folder/claim.ts';
import { requestStop } from '../folder/control.ts';
import { dropTicket, hasTicket } from '../folder/queueTicket.ts';
import { hasEnded } from '../folder/state.ts';
import type { RunStore } from '../folder/store.ts';
import { JournalWriter } from '../journal/journalWriter.ts';
import { saveSummary, summarizeJournal } from '../journal/summaryFile.ts';
import { jobVerdicts } from '../process/jobVerdicts.ts';
import { currentProcess, livenessOf, livenessOfRun } from '../process/process.ts';
import { RunError } from '../runErrors.ts';

interface StopOptions {
  /** How long the worker may take to reach the end of its step and write a checkpoint. */
  readonly graceMs: number;
  /** How long after a signal the next, harder one follows. */
  readonly termMs: number;
  readonly pollMs: number;
  readonly onStage?: (stage: 'asked' | 'terminating' | 'killing') => void;
}

export const stopDefaults: StopOptions = { graceMs: 120_000, termMs: 5_000, pollMs: 200 };

/**
 * Stops a run: asks where that can be written (checkpoint first), terminates after the grace time, then kills the whole process tree. A queued
 * run is taken out of the queue. Resolves when nobody works on the run any more.
 * @throws RunError `state` when the run has already ended or its process is out of reach.
 */
export async function stopRun(store: RunStore, folder: string, options: StopOptions = stopDefaults): Promise<void> {
  const { id, state, message, record } = await store.read(folder);
  if (state === 'queued') {
    const job = hasTicket(folder) ? undefined : readHolder(folder)?.job;
    if (job !== undefined) return await cancelJobs([job.id]);
    if (await leavesQueue(folder)) return;
  } else if (state !== 'running') {
    throw new RunError(
      'state',
      `${id}: must be running or queued to be stopped, is ${state}${message ? ` (${message})` : ''}`,
    );
  }
  const isAsked = canAsk(folder);
  // The process that has a run of a sweep has others too.
  const whom = record.sweep !== undefined && isAsked ? 'worker' : 'supervisor';
  if (isAsked) {
    options.onStage?.('asked');
    if (await ended(folder, options.graceMs, options)) return await leaveIfWaiting(folder);
  }

  options.onStage?.('terminating');
  await signalRun(folder, 'SIGTERM', whom);
  // A supervisor passes its first signal on as a request: the step under way and the checkpoint take their time.
  if (await ended(folder, isAsked ? options.termMs : options.graceMs, options)) return;

  options.onStage?.('killing');
  await signalRun(folder, 'SIGKILL', whom);
  if (!(await ended(folder, options.termMs, options))) {
    throw new RunError(
      'state',
      `${id}: still runs after it was killed; end process ${readHolder(folder)?.pid} by hand`,
    );
  }
}

/** @returns whether the run still waited; else somebody has just begun with it */
async function leavesQueue(folder: string): Promise<boolean> {
  try {
    await leaveQueue(folder);
    return true;
  } catch (error) {
    if (error instanceof RunError && error.code === 'busy') return false;
    throw error;
  }
}

/** Whoever had just claimed a queued run may have found no room, and given it back. */
async function leaveIfWaiting(folder: string): Promise<void> {
  if (hasTicket(folder)) await leaveQueue(folder);
}

/** Puts the request into the run folder; a full disk or a folder that takes no more files must not keep a run alive. */
function canAsk(folder: string): boolean {
  try {
    requestStop(folder);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * Takes a run out of the queue for good. One that waited to go on is again what it was before.
 * @throws RunError when it has begun meanwhile
 */
export async function leaveQueue(folder: string): Promise<void> {
  if (!hasBegun(folder)) return await endUnworked(folder, 'stopped', 'taken out of the queue');
  const claim = await claimRun(folder, await currentProcess());
  dropTicket(folder);
  releaseClaim(claim);
}

/** Puts an end of a run on record that nobody works on. @throws RunError when someone does */
export async function endUnworked(folder: string, state: EndState, message: string): Promise<void> {
  await claimRun(folder, await currentProcess());
  const { step } = await summarizeJournal(folder, '');
  const journal = new JournalWriter(path.join(folder, runFiles.journal));
  const time = new Date().toISOString();
  journal.append({
    type: 'end',
    time,
    state,
    step,
    message,
    attempt: attemptAt(folder),
  });
  journal.close();
  saveSummary(folder, await summarizeJournal(folder, time));
}

async function ended(folder: string, limitMs: number, options: StopOptions): Promise<boolean> {
  for (const until = Date.now() + limitMs; ; ) {
    const holder = readHolder(folder);
    if (holder === undefined || (await isGone(folder, holder))) return true;
    if (Date.now() >= until) return false;
    await delay(Math.min(options.pollMs, Math.max(1, until - Date.now())));
  }
}

/** Whether nobody works on the run any more: no process, or an end on record, for one process may run several. */
async function isGone(folder: string, holder: RunHolder): Promise<boolean> {
  const liveness = await livenessOfRun(holder);
  if (liveness === 'dead' && holder.job === undefined) return true;
  const summary = await summarizeJournal(folder, holder.claimedAt);
  if (hasEnded(summary, holder)) {
    // Its worker is about to do so: lists believe what is kept while a process of the run is there.
    saveSummary(folder, summary);
    return true;
  }
  if (holder.job === undefined || liveness === 'alive') return false;
  const [job] = await jobVerdicts([holder]);
  return job?.state !== 'running';
}

/**
 * The supervisor, while there is one, passes SIGTERM on to its worker and puts the end on record; SIGKILL goes to the
 * worker, so that the supervisor can still tell how it ended.
 * @param whom `worker`: the supervisor gets no signal, for it would end other runs too
 */
async function signalRun(folder: string, signal: 'SIGTERM' | 'SIGKILL', whom: 'supervisor' | 'worker'): Promise<void> {
  const holder = readHolder(folder);
  if (holder === undefined) return;
  // Processes of a job elsewhere are ended by its cluster, SIGTERM first.
  if (holder.job !== undefined && (await livenessOfRun(holder)) !== 'alive') return await cancelJobs([holder.job.id]);
  const worker = holder.worker;
  const [supervisorState, workerState] = await livenessOf(worker === undefined ? [holder] : [holder, worker]);
  if (whom === 'supervisor' && supervisorState === 'alive' && (signal === 'SIGTERM' || workerState !== 'alive')) {
    try {
      process.kill(holder.pid, signal);
    } catch (error) {
      if (!isCode(error, 'ESRCH')) throw error;
    }
  } else if (worker !== undefined && workerState === 'alive') {
    killTree(worker.pid, signal);
  }
}

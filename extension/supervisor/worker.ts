import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay, setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Budget } from '../contract/budget.ts';
import type { EndState, JournalEvent, JournalEventOf } from '../contract/journal.ts';
import { type RunRecord, runFiles } from '../contract/run.ts';
import { errorMessage, placeFailure, writeFailure } from '../files/failure.ts';
import { memoryFailure } from '../files/memoryFailure.ts';
import { leaveSignalsToSupervisor } from '../processes/signals.ts';
import { runningTrainer } from '../processes/trainerCommand.ts';
import type { OpenWork, WorkContext } from '../runs/control/work.ts';
import { assertHeld, attemptAt } from '../runs/folder/claim.ts';
import { isStopRequested } from '../runs/folder/control.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { JournalWriter } from '../runs/journal/journalWriter.ts';
import { reduceSummary, type SummaryProgress } from '../runs/journal/summary.ts';
import { replayJournal, saveSummary } from '../runs/journal/summaryFile.ts';
import { RunError } from '../runs/runErrors.ts';
import { exitCodeOf } from './ending.ts';
import { type FromWorker, type ToWorker, toWorker } from './workerProtocol.ts';

const summaryEveryMs = 1000;
/** A supervisor that is there reads, however little of the processor it gets; one that is gone is known at once. */
const flushLimitMs = 60_000;

/**
 * The worker's side: does the work of one run folder after another, journals each, and says how it ended. It ends with
 * the first run that does not finish, so that nothing of a failure is carried into another run.
 * @returns the exit code
 */
export async function runWorker(openWork: () => Promise<OpenWork>): Promise<number> {
  leaveSignalsToSupervisor();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (process.send === undefined)
    throw new RunError('state', 'worker: is started by another command alone; use peft-lab train');
  const supervisor = new SupervisorLine();
  let worker: Worker | undefined;
  process.on('uncaughtException', async (error) => {
    worker?.fail(error);
    await flushOutput();
    process.exit(1);
  });
  // The program is loaded while the run is prepared.
  const opening = openWork();
  opening.catch(() => undefined);
  let ended: EndState | undefined;
  for (let next = await supervisor.nextRun(); next !== undefined; next = await supervisor.nextRun()) {
    const { go: folder, until, threads } = next;
    try {
      const record = readRunRecord(folder);
      worker = new Worker(folder, record, await replayJournal(folder, record.createdAt), {
        supervisor,
        until,
        threads,
      });
      const { work } = await opening;
      ended = worker.finish(await work(worker));
    } catch (error) {
      if (worker) worker.fail(error);
      else failToOpen(error);
      ended = 'failed';
    }
    worker = undefined;
    await flushOutput();
    if (ended !== 'finished') break;
    say('idle');
  }
  await opening.then(({ close }) => close());
  // A supervisor that was gone before there was a run is no success.
  return ended === undefined ? 1 : exitCodeOf(ended);
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** Pipes are written in the background: what is not yet written would be lost with the process. */
async function flushOutput(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  const flushed = Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
  await Promise.race([flushed, delay(flushLimitMs)]);
}

/** Errors of the system lack the cure that goes with a run. */
const failureMessage = (error: unknown): string =>
  error instanceof Error && 'code' in error && 'syscall' in error
    ? `${'path' in error ? error.path : error.syscall}: ${writeFailure(error)}`
    : (memoryFailure(error) ?? errorMessage(error));

/** A run that its place let down has not failed: it goes on once there is room again, or its files are back. */
function failureEnd(error: unknown): Pick<JournalEventOf<'end'>, 'state' | 'message' | 'placeFailure'> {
  const isGone = error instanceof RunError && error.code === 'gone';
  const place = isGone ? undefined : placeFailure(error);
  const message = failureMessage(error);
  return place === undefined ? { state: 'failed', message } : { state: 'died', message, placeFailure: place };
}

/** What the supervisor says, and whether it is still there; heard from the moment the worker starts. */
class SupervisorLine {
  /** Whether it has asked for the end of the run under way. */
  saidStop = false;
  readonly #pid = process.ppid;
  #disconnected = !process.connected;
  #isClosed = false;
  #next: Exclude<ToWorker, string> | undefined;
  #heard: () => void = () => {};

  constructor() {
    process.on('message', (message) => {
      const word = toWorker.safeParse(message).data;
      if (word === 'stop') this.saidStop = true;
      else if (word === 'close') this.#isClosed = true;
      else this.#next = word;
      this.#heard();
    });
    process.on('disconnect', () => {
      this.#disconnected = true;
      this.#heard();
    });
  }

  /** The folder of the run to work on; undefined when there is none any more, or nobody to say so. */
  async nextRun(): Promise<Exclude<ToWorker, string> | undefined> {
    while (this.#next === undefined && !this.#isClosed && !this.#disconnected) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    if (this.#disconnected) return undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.saidStop = false;
    return next;
  }

  /** A parent that is gone is replaced by another. */
  get isLost(): boolean {
    return this.#disconnected || process.ppid !== this.#pid;
  }
}

/** A folder that cannot be opened has no journal to hold its end; the supervisor hears of it all the same. */
function failToOpen(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  say({ end: { type: 'end', time: new Date().toISOString(), ...failureEnd(error), step: 0 } });
}

class Worker implements WorkContext {
  readonly folder: string;
  readonly record: RunRecord;
  readonly resume: boolean;
  readonly until: Budget | undefined;
  readonly threads: number | undefined;
  readonly trainer = runningTrainer();
  readonly #journal: JournalWriter;
  readonly #supervisor: SupervisorLine;
  readonly #attempt: number;
  #summary: SummaryProgress;
  #summarySavedMs = 0;

  constructor(
    folder: string,
    record: RunRecord,
    summary: SummaryProgress,
    { supervisor, until, threads }: { readonly supervisor: SupervisorLine } & Pick<WorkContext, 'until' | 'threads'>,
  ) {
    this.until = until;
    this.threads = threads;
    this.folder = folder;
    this.record = record;
    this.#attempt = attemptAt(folder) ?? 1;
    this.#journal = new JournalWriter(path.join(folder, runFiles.journal));
    this.resume = this.#journal.bytes > 0;
    this.#summary = summary;
    this.#supervisor = supervisor;
  }

  assertHeld(): void {
    assertHeld(this.folder, this.#attempt);
  }

  emit(told: JournalEvent): void {
    // A node that was given up may come back in the midst of a step.
    this.assertHeld();
    const isOfAttempt = told.type === 'hello' || told.type === 'resumed' || told.type === 'end';
    const event = isOfAttempt ? { ...told, attempt: this.#attempt } : told;
    this.#journal.append(event);
    this.#summary = reduceSummary(this.#summary, event);
    const now = Date.now();
    if (event.type === 'progress' && now - this.#summarySavedMs < summaryEveryMs) return;
    this.#summarySavedMs = now;
    saveSummary(this.folder, { ...this.#summary.summary, journalBytes: this.#journal.bytes });
  }

  async mustStop(): Promise<boolean> {
    await eventLoopTurn();
    if (!existsSync(path.join(this.folder, runFiles.journal))) {
      throw new RunError('gone', `${this.folder}: ${writeFailure(Object.assign(new Error(), { code: 'ENOENT' }))}`);
    }
    this.assertHeld();
    return this.#supervisor.isLost || this.#supervisor.saidStop || isStopRequested(this.folder);
  }

  /**
   * Puts the end on record, and tells the supervisor too: the journal may be the very thing that failed.
   * @throws RunError `superseded` when the run is another attempt's: it gets no end from this one
   */
  finish(outcome: Omit<JournalEventOf<'end'>, 'type' | 'time' | 'step'> & { readonly step?: number }): EndState {
    this.assertHeld();
    const end: JournalEventOf<'end'> = {
      type: 'end',
      time: new Date().toISOString(),
      ...(outcome.state === 'stopped' && this.#supervisor.isLost ? lostSupervisor : outcome),
      step: outcome.step ?? this.#summary.summary.step,
    };
    say({ end });
    this.emit(end);
    this.#journal.close();
    return end.state;
  }

  /** As `finish`, for an error; does not throw. */
  fail(error: unknown): void {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    try {
      this.finish(failureEnd(error));
    } catch (journalError) {
      // The supervisor has been told, and now it is in the log too.
      process.stderr.write(`${failureMessage(journalError)}\n`);
    }
  }
}

const lostSupervisor = {
  state: 'died',
  message: 'cause unknown: its supervisor was gone; the worker wrote a checkpoint and stopped by itself',
} as const;

import path from 'node:path';
import type { Budget } from '../contract/budget.ts';
import type { JournalEvent, JournalEventOf } from '../contract/journal.ts';
import { type ProcessRecord, type RunHolder, runFiles } from '../contract/run.ts';
import { writeJsonAtomic } from '../files/atomicFile.ts';
import { guardedSize, sizeLimits } from '../files/guardedFile.ts';
import { sweepLeftovers } from '../files/leftovers.ts';
import { messageOf } from '../problems/messageOf.ts';
import { assertHeld, attemptAt } from '../runs/folder/claim.ts';
import { isStopRequested } from '../runs/folder/control.ts';
import { dropTicket } from '../runs/folder/queueTicket.ts';
import { JournalTail } from '../runs/journal/journalTail.ts';
import { JournalWriter } from '../runs/journal/journalWriter.ts';
import { saveSummary, summarizeJournal } from '../runs/journal/summaryFile.ts';
import { identify } from '../runs/process/process.ts';
import { endOfWorker, type WorkerExit } from './ending.ts';
import { OutputLog } from './outputLog.ts';
import { StopSignals } from './stopSignals.ts';
import type { WorkerProcess } from './workerProcess.ts';
import type { Workers } from './workers.ts';

/** How often the journal is looked at for the progress bar. */
const tailPollMs = 100;

interface SuperviseOptions {
  readonly folder: string;
  /** This process, which has already claimed the run. */
  readonly self: ProcessRecord;
  /** Where the process that works on the run comes from, and stays for the next one. */
  readonly workers: Workers;
  /** Journal events of this attempt, as they come, its `end` included. */
  readonly onEvents: (events: readonly JournalEvent[]) => void;
  /** For people: what happens to the process. */
  readonly onMessage: (message: string) => void;
  /** Where the run stops to go on later. Default: at its end. */
  readonly until?: Budget | undefined;
  /** Threads of the engine where the config leaves them open. Default: the engine's choice. */
  readonly threads?: number | undefined;
  /** How long after SIGTERM the worker may take. Default: as long as most who send it wait. */
  readonly graceMs?: number | undefined;
  /** Told when a signal asks this process to end: how the run ends does not tell, for it may just be finishing. */
  readonly onStopAsked?: (() => void) | undefined;
}

/**
 * Runs one claimed run in a worker process and sees to it that its end is on record. Signals to this process are
 * answered at once, also while the worker's event loop is blocked in a long step.
 * @returns the run's end
 * @throws RunError `superseded` when another attempt has taken the run over
 */
export async function supervise(options: SuperviseOptions): Promise<JournalEventOf<'end'>> {
  const { folder, self, workers, onMessage } = options;
  const journalFile = path.join(folder, runFiles.journal);
  const attempt = attemptAt(folder) ?? 1;
  sweepLeftovers(folder, /\.[0-9a-f]{8}\.tmp$/);
  const output = new OutputLog(path.join(folder, runFiles.log));
  const story = new AttemptStory(attempt, options.onEvents);
  const tail = new JournalTail(journalFile, {
    from: guardedSize(journalFile, sizeLimits.journal) ?? 0,
    onEvents: (events) => story.add(events),
    onError: (error) => onMessage(`${journalFile}: cannot be read, got ${String(error)}`),
    pollMs: tailPollMs,
  });
  const worker = workers.take();
  worker.attend(output);
  const signals = new StopSignals(folder, worker, options);
  try {
    const notBegun =
      worker.pid === undefined ? undefined : await handOver(worker, worker.pid, { ...self, attempt }, options);
    tail.start();
    const exit = (await worker.runEnd()) ?? { code: 0, signal: null };
    await tail.read();
    if (story.end !== undefined) return story.end;
    assertHeld(folder, attempt);
    const end = {
      ...(worker.end ??
        endOfWorker({
          ...exit,
          stderrTail: output.stderrTail,
          notBegun,
          stopAsked: signals.asked || isStopRequested(folder),
          killedOnRequest: signals.killed,
          step: story.step,
          checkpointStep: story.checkpointStep,
        })),
      attempt,
    };
    await recordEnd(folder, end, onMessage);
    options.onEvents([end]);
    return end;
  } finally {
    signals.close();
    tail.close();
    output.close();
  }
}

/** What is known of this attempt from its events. */
class AttemptStory {
  end: JournalEventOf<'end'> | undefined;
  step = 0;
  checkpointStep: number | undefined;
  readonly #attempt: number;
  readonly #onEvents: SuperviseOptions['onEvents'];

  constructor(attempt: number, onEvents: SuperviseOptions['onEvents']) {
    this.#attempt = attempt;
    this.#onEvents = onEvents;
  }

  add(events: readonly JournalEvent[]): void {
    for (const event of events) {
      if (event.type === 'end' && event.attempt === this.#attempt) this.end = event;
      if (event.type === 'progress' || event.type === 'resumed') this.step = event.step;
      if ((event.type === 'checkpoint' && event.kind === 'last') || event.type === 'resumed')
        this.checkpointStep = event.step;
    }
    this.#onEvents(events);
  }
}

/**
 * Puts the worker on record before it may write anything: should this process be killed, others can still find it.
 * @returns why that could not be: the worker is then ended
 */
async function handOver(
  worker: WorkerProcess,
  pid: number,
  self: RunHolder,
  { folder, until, threads }: SuperviseOptions,
): Promise<WorkerExit['notBegun']> {
  const file = path.join(folder, runFiles.process);
  try {
    // A worker that is gone again already needs no record; its exit is on the way.
    const identity = await identify(pid).catch(() => undefined);
    const record: RunHolder = identity === undefined ? self : { ...self, worker: identity };
    writeJsonAtomic(file, record);
    dropTicket(folder);
    worker.send({ go: folder, ...(until && { until }), ...(threads && { threads }) });
    return undefined;
  } catch (error) {
    worker.kill();
    return { file, error };
  }
}

async function recordEnd(
  folder: string,
  end: JournalEventOf<'end'>,
  onMessage: (message: string) => void,
): Promise<void> {
  try {
    const journal = new JournalWriter(path.join(folder, runFiles.journal));
    journal.append(end);
    journal.close();
    saveSummary(folder, await summarizeJournal(folder, end.time));
  } catch (error) {
    onMessage(`the run's end could not be recorded: ${messageOf(error)}`);
  }
}

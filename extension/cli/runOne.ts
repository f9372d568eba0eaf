import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Budget } from '../contract/budget.ts';
import type { JournalEvent, JournalEventOf } from '../contract/journal.ts';
import { type ProcessRecord, runFiles } from '../contract/run.ts';
import { messageOf } from '../problems/messageOf.ts';
import { runningTrainer } from '../processes/trainerCommand.ts';
import { startQueued } from '../runs/control/queue.ts';
import { queueLimit } from '../runs/control/queueLimit.ts';
import type { RunStore } from '../runs/folder/store.ts';
import { supervise } from '../supervisor/supervise.ts';
import { Workers } from '../supervisor/workers.ts';
import { type Cli, commandIn } from './cli.ts';
import { jsonView, peopleView, type RunBars } from './output/progressView.ts';

/** How a run is run and shown. */
export interface RunOneOptions {
  readonly json: boolean;
  readonly title: string;
  /** Those of a sequence of runs; else the run gets a worker process of its own. */
  readonly workers?: Workers;
  readonly until?: Budget | undefined;
  readonly threads?: number | undefined;
  /** Also told what is shown. */
  readonly onEvents?: ((events: readonly JournalEvent[]) => void) | undefined;
  /** Where several runs are shown at the same time. */
  readonly bars?: RunBars | undefined;
  readonly graceMs?: number | undefined;
  /** Told when a signal asks this process to end, which the run's end may not show. */
  readonly onStopAsked?: (() => void) | undefined;
}

/** Runs one claimed run to its end in this terminal, showing it as it goes. */
export async function runOne(
  cli: Cli,
  folder: string,
  self: ProcessRecord,
  options: RunOneOptions,
): Promise<JournalEventOf<'end'>> {
  const workers = options.workers ?? new Workers(runningTrainer());
  const note = (text: string): void => cli.note(`${text}\n`);
  const view = options.json ? jsonView(cli.print, note) : peopleView(cli.stderr, options.title, options.bars);
  try {
    return await supervise({
      folder,
      self,
      workers,
      until: options.until,
      threads: options.threads,
      graceMs: options.graceMs,
      onStopAsked: options.onStopAsked,
      onEvents: (events) => {
        options.onEvents?.(events);
        view.events(events);
      },
      onMessage: (message) => view.message(message),
    });
  } finally {
    if (options.workers === undefined) await workers.close();
    view.close();
  }
}

/** One line on how it ended, and the last words of a worker that did not end by itself. */
export function describeEnd(folder: string, end: JournalEventOf<'end'>): string {
  const lines = [
    `${path.basename(folder)}: ${end.state} at step ${end.step}${end.message === undefined ? '' : `: ${end.message}`}`,
  ];
  if (end.stderrTail !== undefined) lines.push(...end.stderrTail.map((line) => `  | ${line}`));
  // One that was deleted or renamed meanwhile has nothing there to go on with.
  if (end.state !== 'finished' && existsSync(path.join(folder, runFiles.record)))
    lines.push(`go on with: ${commandIn(path.dirname(folder), `resume ${path.basename(folder)}`)}`);
  // What is wrong with a run before its first step is most often its config or data.
  if (end.state === 'failed' && end.step === 0)
    lines.push('a run keeps its config and data: after a change of either, train the config again');
  return `${lines.join('\n')}\n`;
}

/**
 * What a trainer does last: makes use of the room it leaves, unless its run ended for what would end those that wait alike. A queue
 * that cannot be started is no fault of its run.
 */
export async function leaveRoom(cli: Cli, store: RunStore, last?: JournalEventOf<'end'>): Promise<void> {
  if (last?.placeFailure !== undefined) return;
  try {
    await startQueued(store, runningTrainer(), queueLimit(store.folder));
  } catch (error) {
    cli.note(`the next queued run could not be started: ${messageOf(error)}\n`);
  }
}

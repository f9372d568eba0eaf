import { fstatSync } from 'node:fs';
import { type StopSignal, stopSignals } from '../processes/signals.ts';
import { isStopRequested, requestStop } from '../runs/folder/control.ts';
import type { WorkerProcess } from './workerProcess.ts';

/** After SIGTERM whoever sent it will not wait for ever (containers: 10 s). */
const usualGraceMs = 8_000;

interface Told {
  /** For people. */
  readonly onMessage: (message: string) => void;
  readonly onStopAsked?: (() => void) | undefined;
  /** How long after SIGTERM the worker may take. */
  readonly graceMs?: number | undefined;
}

/**
 * What signals to the supervisor do. The first asks the worker to stop after its step, checkpoint first; SIGTERM sets
 * it a time limit too, or kills it now where a stop had been asked for by other means. Another SIGINT kills it at once.
 */
export class StopSignals {
  /** Whether a signal has asked for the end. */
  asked = false;
  /** Whether the worker was ended by force because of a signal. */
  killed = false;
  #limit: NodeJS.Timeout | undefined;
  readonly #folder: string;
  readonly #worker: WorkerProcess;
  readonly #told: Told;

  constructor(folder: string, worker: WorkerProcess, told: Told) {
    this.#folder = folder;
    this.#worker = worker;
    this.#told = told;
    for (const signal of stopSignals) process.on(signal, this.#handle);
  }

  close(): void {
    for (const signal of stopSignals) process.off(signal, this.#handle);
    clearTimeout(this.#limit);
  }

  readonly #handle = (signal: StopSignal): void => {
    if (signal === 'SIGHUP' && outlivesTerminal()) return;
    if (!this.asked) {
      this.asked = true;
      this.#told.onStopAsked?.();
      if (signal === 'SIGTERM' && isStopRequested(this.#folder)) this.#kill('it has not stopped in time');
      else this.#ask();
    } else if (signal === 'SIGINT') {
      this.#kill('asked twice');
    }
    if (signal === 'SIGTERM') {
      this.#limit ??= setTimeout(() => this.#kill('it has not stopped in time'), this.#told.graceMs ?? usualGraceMs);
    }
  };

  #ask(): void {
    this.#told.onMessage('stopping after this step, checkpoint first; press Ctrl-C again to stop at once');
    this.#worker.send('stop');
    try {
      requestStop(this.#folder);
    } catch {
      // The message has gone over the worker's own line too: a full disk or a deleted folder must not hinder a stop.
    }
  }

  #kill(why: string): void {
    this.killed = true;
    this.#told.onMessage(`killing the worker: ${why}`);
    this.#worker.kill();
  }
}

/** A hang-up means nothing to a run whose output goes into a file or nowhere (nohup). */
function outlivesTerminal(): boolean {
  if (process.stdout.isTTY) return false;
  const output = fstatSync(1);
  return output.isFile() || output.isCharacterDevice();
}

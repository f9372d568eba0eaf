import { readControl, requestControl } from '../../runs/control.ts';
import type { WorkerProcess } from './workerProcess.ts';

/** After SIGTERM whoever sent it will not wait for ever (containers: 10 s). */
const terminateGraceMs = 8_000;
/** Between SIGTERM and SIGKILL to the worker. */
const killGraceMs = 2_000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof signals)[number];

/**
 * What signals to the supervisor do. The first asks the worker to stop after its step, checkpoint first; SIGTERM sets
 * it a time limit too, or ends it now where a stop had already been asked for. The second kills it at once.
 */
export class StopSignals {
  /** Whether the worker was ended by force because of a signal. */
  killed = false;
  #asked = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #folder: string;
  readonly #worker: WorkerProcess;
  readonly #onMessage: (message: string) => void;

  constructor(folder: string, worker: WorkerProcess, onMessage: (message: string) => void) {
    this.#folder = folder;
    this.#worker = worker;
    this.#onMessage = onMessage;
    for (const signal of signals) process.on(signal, this.#handle);
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.#handle);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  readonly #handle = (signal: StopSignal): void => {
    // A hang-up means nothing to a run whose output goes elsewhere (nohup, a log file).
    if (signal === 'SIGHUP' && !process.stdout.isTTY) return;
    if (this.#asked) {
      this.#onMessage('killing the worker');
      this.#kill('SIGKILL');
    } else if (signal === 'SIGTERM' && readControl(this.#folder)?.request === 'stop') {
      this.#terminate();
    } else {
      this.#ask(signal);
    }
  };

  #ask(signal: StopSignal): void {
    this.#asked = true;
    this.#onMessage('stopping after this step, checkpoint first; press Ctrl-C again to stop at once');
    this.#worker.send('stop');
    try {
      requestControl(this.#folder, 'stop');
    } catch {
      // The message has gone over the worker's own line too: a full disk or a deleted folder must not hinder a stop.
    }
    if (signal === 'SIGTERM') this.#after(terminateGraceMs, () => this.#terminate());
  }

  #terminate(): void {
    this.#asked = true;
    this.#onMessage('ending the worker: it has not stopped in time');
    this.#kill('SIGTERM');
    this.#after(killGraceMs, () => this.#kill('SIGKILL'));
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.killed = true;
    this.#worker.kill(signal);
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { JournalEventOf } from '../contract/journal.ts';
import { nodeEnvironment, type TrainerProgram } from '../runs/control/spawn.ts';
import { killTree } from '../runs/process/killTree.ts';
import type { OutputLog } from './outputLog.ts';
import { fromWorker, type ToWorker } from './workerProtocol.ts';

/** How long output of a dead worker may still come; a grandchild may hold the pipe open for ever. */
const drainMs = 500;

/** How a worker process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly startError?: Error;
}

/** A worker and its process group, as the supervisor holds them; it works on one run after another. */
export class WorkerProcess {
  /** Resolves when the worker is gone, what it started is killed, and its output is read. */
  readonly exit: Promise<Exit>;
  /** The worker's word on the end of the run under way, where it got that far. */
  end: JournalEventOf<'end'> | undefined;
  readonly #child: ChildProcess;
  #output: OutputLog | undefined;
  #isGone = false;
  #idle = deferred();

  /** @param environment on top of this process's */
  constructor(trainer: TrainerProgram, environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(trainer.node, [...trainer.nodeArguments, 'worker'], {
      // A group of its own: the terminal's Ctrl-C does not reach it, and it can be killed with all it started.
      detached: process.platform !== 'win32',
      env: { ...nodeEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      windowsHide: true,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#output?.write('stdout', chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#output?.write('stderr', chunk));
    this.#child.on('message', (message) => {
      const said = fromWorker.safeParse(message).data;
      if (said === 'idle') this.#idle.resolve();
      else if (said !== undefined) this.end = said.end;
    });
    this.exit = this.#waitForExit();
  }

  /** Whether it can be given a run. */
  get isThere(): boolean {
    return !this.#isGone && this.#child.connected;
  }

  /** Has what it prints from now on kept with a run; to be called before its work is handed over. */
  attend(output: OutputLog): void {
    this.#output = output;
    this.end = undefined;
    this.#idle = deferred();
  }

  /**
   * Waits for the end of the run under way.
   * @returns how the worker ended with it; undefined when it has finished the run and is there for another
   */
  async runEnd(): Promise<Exit | undefined> {
    const exit = await Promise.race([this.exit, this.#idle.promise]);
    // What it printed before that word has come by now, and is read within this turn.
    if (exit === undefined) await eventLoopTurn();
    this.#output = undefined;
    return exit;
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** A worker that is already gone hears nothing; its exit tells. */
  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends the worker and what it started, at once. */
  kill(): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      killTree(this.#child.pid, 'SIGKILL');
    }
  }

  async #waitForExit(): Promise<Exit> {
    const drained = Promise.all([this.#child.stdout, this.#child.stderr].map(streamEnd));
    const exit = await new Promise<Exit>((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) resolve({ code: null, signal: null, startError: error });
      });
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#isGone = true;
    if (this.#child.pid !== undefined && process.platform !== 'win32') killTree(this.#child.pid, 'SIGKILL');
    await Promise.race([drained, delay(drainMs, undefined, { ref: false })]);
    return exit;
  }
}

/** Where the system has no room for pipes, there are none. */
const streamEnd = (stream: Readable | null | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (stream == null) resolve();
    else stream.once('close', () => resolve());
  });

function deferred(): { readonly promise: Promise<undefined>; resolve(): void } {
  let settle = (_: undefined): void => {};
  const promise = new Promise<undefined>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle(undefined) };
}

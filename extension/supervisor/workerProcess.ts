import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { JournalEventOf } from '../contract/journal.ts';
import { nodeEnvironment, type TrainerProgram } from '../runs/control/spawn.ts';
import { killTree } from '../runs/process/killTree.ts';
import type { OutputLog } from './outputLog.ts';
import { fromWorker, type ToWorker } from './workerProtocol.ts';

/** How long output of a dead worker may still come; a grandchild may hold the pipe open for ever. */
const drainMs = 500;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly startError?: Error;
}

/** A worker and its process group, as the supervisor holds them. */
export class WorkerProcess {
  /** Resolves when the worker is gone, what it started is killed, and its output is read. */
  readonly exit: Promise<Exit>;
  /** The worker's word on its end, where it got that far. */
  end: JournalEventOf<'end'> | undefined;
  readonly #child: ChildProcess;

  constructor(trainer: TrainerProgram, folder: string, output: OutputLog) {
    this.#child = spawn(trainer.node, [...trainer.nodeArguments, 'worker', folder], {
      // A group of its own: the terminal's Ctrl-C does not reach it, and it can be killed with all it started.
      detached: process.platform !== 'win32',
      env: nodeEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      windowsHide: true,
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => output.write('stdout', chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => output.write('stderr', chunk));
    this.#child.on('message', (message) => {
      this.end = fromWorker.safeParse(message).data?.end ?? this.end;
    });
    this.exit = this.#waitForExit();
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

import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { JournalEventOf } from '../contract/journal.ts';
import { Child } from '../processes/child.ts';
import type { Exit } from '../processes/exit.ts';
import { type TrainerProgram, trainerCommand } from '../processes/trainerCommand.ts';
import type { OutputLog } from './outputLog.ts';
import { fromWorker, type ToWorker } from './workerProtocol.ts';

/** A worker and its process group, as the supervisor holds them; it works on one run after another. */
export class WorkerProcess {
  /** Resolves when the worker is gone, what it started is killed, and its output is read. */
  readonly exit: Promise<Exit>;
  /** The worker's word on the end of the run under way, where it got that far. */
  end: JournalEventOf<'end'> | undefined;
  readonly #child: Child;
  #output: OutputLog | undefined;
  #idle = deferred();

  /** @param environment on top of this process's */
  constructor(trainer: TrainerProgram, environment: NodeJS.ProcessEnv = {}) {
    const command = trainerCommand(trainer, ['worker']);
    this.#child = new Child(
      { ...command, environment: { ...command.environment, ...environment } },
      {
        leadsGroup: true,
        onOutput: (chunk) => this.#output?.write('stdout', chunk),
        onErrorOutput: (chunk) => this.#output?.write('stderr', chunk),
        channel: 'json',
        onMessage: (message) => {
          const said = fromWorker.safeParse(message).data;
          if (said === 'idle') this.#idle.resolve();
          else if (said !== undefined) this.end = said.end;
        },
      },
    );
    this.exit = this.#child.exit;
  }

  /** Whether it can be given a run. */
  get isThere(): boolean {
    return this.#child.isThere;
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
    this.#child.send(message);
  }

  /** Ends the worker and what it started, at once. */
  kill(): void {
    this.#child.kill();
  }
}

function deferred(): { readonly promise: Promise<undefined>; resolve(): void } {
  let settle = (_: undefined): void => {};
  const promise = new Promise<undefined>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle(undefined) };
}

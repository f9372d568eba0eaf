import type { TrainerProgram } from '../processes/trainerCommand.ts';
import { WorkerProcess } from './workerProcess.ts';

/**
 * The worker process of runs that are supervised one after another: it keeps open what a run left it that the next can
 * use. One that is gone, because its run was stopped, failed or died, is replaced by a fresh one.
 */
export class Workers {
  readonly #trainer: TrainerProgram;
  readonly #environment: NodeJS.ProcessEnv;
  #worker: WorkerProcess | undefined;

  /** @param environment of the workers, on top of this process's */
  constructor(trainer: TrainerProgram, environment: NodeJS.ProcessEnv = {}) {
    this.#trainer = trainer;
    this.#environment = environment;
  }

  /** A worker that waits for a run. */
  take(): WorkerProcess {
    if (this.#worker?.isThere !== true) this.#worker = new WorkerProcess(this.#trainer, this.#environment);
    return this.#worker;
  }

  /** Ends a worker that has no run, at once. */
  kill(): void {
    this.#worker?.kill();
  }

  /** Lets the worker end; resolves when it is gone. */
  async close(): Promise<void> {
    this.#worker?.send('close');
    await this.#worker?.exit;
  }
}

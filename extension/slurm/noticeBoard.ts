import { setTimeout as delay } from 'node:timers/promises';
import { answerTo } from './notice.ts';
import { requeueTask, tasksOf } from './slurm.ts';

/** How often a task that was told to end asks whether its job still runs. */
const askAgainMs = 5_000;

/** What Slurm tells a task by signals, from now to the end of the process. */
export class NoticeBoard {
  #ahead = false;
  #now = false;
  #heard: () => void = () => {};

  constructor() {
    process.on('SIGUSR2', () => {
      this.#ahead = true;
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        this.#now = true;
        this.#heard();
      });
  }

  get isWarned(): boolean {
    return this.#ahead || this.#now;
  }

  /**
   * Does what a notice asks for once the checkpoint is written: has the job started again, or waits for its end. Resolves when
   * there is nothing more to wait for.
   * @param stuck what is said where another start would come no further: none is asked for
   * @returns what was done, in words
   */
  async answer(id: string, stuck?: string): Promise<string> {
    const ask = answerTo({ ahead: this.#ahead, now: this.#now }, this.#now ? await stateOf(id) : undefined);
    if (ask === 'exit') return '';
    if (ask === 'requeue') {
      if (stuck !== undefined) return `job ${id}: ${stuck}\n`;
      // Where scontrol is not to be had, Slurm ends the job by itself, and starts it again after a preemption.
      const isTaken = await requeueTask(id);
      // With an exit now it would count as done. The end may have been told while scontrol was still under way.
      if (!this.#now) await this.#nextTerm();
      return isTaken ? `job ${id}: goes on when it is started again\n` : `job ${id}: could not be requeued\n`;
    }
    for (
      let state: string | undefined = 'RUNNING';
      state === undefined || state === 'RUNNING';
      state = await stateOf(id)
    )
      await Promise.race([this.#nextTerm(), delay(askAgainMs)]);
    return '';
  }

  #nextTerm(): Promise<void> {
    return new Promise((resolve) => {
      const wait = setInterval(() => {}, 60_000);
      this.#heard = () => {
        clearInterval(wait);
        resolve();
      };
    });
  }
}

/** As squeue says it; empty for a job that is forgotten, undefined where it cannot be asked. */
async function stateOf(id: string): Promise<string | undefined> {
  const tasks = await tasksOf([id], new Date().toISOString());
  return tasks && (tasks.find((task) => task.id === id)?.state ?? '');
}

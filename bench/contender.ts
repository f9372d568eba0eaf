import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

interface Answer {
  readonly ms: number;
  readonly peakMiB: number;
  readonly residentMiB?: number;
}

/** A process that takes one step for each line it is sent, and answers with milliseconds and its peak memory. */
export class Contender {
  readonly stepMs: number[] = [];
  peakMiB = 0;
  /** Memory that the process holds at the moment, where it says so. */
  residentMiB = 0;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(
    readonly name: string,
    command: string,
    words: readonly string[],
  ) {
    this.#process = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** One step; the first ones are not counted. */
  async step(counted: boolean): Promise<void> {
    this.#process.stdin!.write('step\n');
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name}: ended before it answered; run it alone to see why`);
    const { ms, peakMiB, residentMiB = 0 } = JSON.parse(value) as Answer;
    if (counted) this.stepMs.push(ms);
    this.peakMiB = peakMiB;
    this.residentMiB = residentMiB;
  }

  /** Ends the process: it leaves when its input does. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin!.end();
    await ended;
  }
}

const warmUpSteps = 2;

/** Every contender takes `rounds` counted steps, one after the other in each round, and ends. */
export async function takeTurns(contenders: readonly Contender[], rounds: number): Promise<void> {
  for (let round = -warmUpSteps; round < rounds; round++) {
    for (const contender of contenders) await contender.step(round >= 0);
  }
  for (const contender of contenders) await contender.close();
}

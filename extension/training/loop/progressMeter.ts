import type { ParameterGroup, StepResult } from '../../engines/engine.ts';
import type { Report } from './report.ts';
import type { LoopState } from './state.ts';

/** Progress lines that a journal may have: a longer run writes one for several steps. */
const mostLines = 5000;

/** The part of a run's state that is counted, not decided. */
type Spent = Pick<LoopState, 'tokens' | 'elapsedSeconds'>;

export interface Pace {
  readonly totalSteps: number;
  readonly groups: readonly Pick<ParameterGroup, 'name' | 'learningRate'>[];
  /** Learning-rate factor at a step, from 1. */
  readonly schedule: (step: number) => number;
}

/** Counts tokens and seconds of a run, and reports its progress. */
export class ProgressMeter {
  readonly #pace: Pace;
  readonly #report: Report;
  readonly #interval: number;
  #spent: Spent = { tokens: 0, elapsedSeconds: 0 };
  /** Since the last report. */
  #window = { steps: 0, loss: 0, tokens: 0, started: performance.now() };
  #clock = performance.now();

  constructor(pace: Pace, report: Report) {
    this.#pace = pace;
    this.#report = report;
    this.#interval = Math.max(1, Math.ceil(pace.totalSteps / mostLines));
  }

  get spent(): Spent {
    return this.#spent;
  }

  /** Goes on counting from where an earlier attempt was. */
  restore({ tokens, elapsedSeconds }: Spent): void {
    this.#spent = { tokens, elapsedSeconds };
  }

  /** Adds the seconds since the last lap. */
  lap(): void {
    const now = performance.now();
    this.#spent = { ...this.#spent, elapsedSeconds: this.#spent.elapsedSeconds + (now - this.#clock) / 1000 };
    this.#clock = now;
  }

  /** Leaves the time since the last step out of the speed alone: it went into an evaluation. */
  restartWindow(): void {
    this.#window.started = performance.now();
  }

  /** Counts a step. @param epochs done, fractional */
  count(step: number, epochs: number, tokens: number, result: StepResult): void {
    this.lap();
    this.#spent = { ...this.#spent, tokens: this.#spent.tokens + tokens };
    this.#window.steps++;
    this.#window.loss += result.loss;
    this.#window.tokens += tokens;
    if (step % this.#interval === 0 || step === this.#pace.totalSteps) this.#tell(step, epochs, result.gradientNorm);
  }

  #tell(step: number, epoch: number, gradientNorm: number): void {
    const { groups, schedule, totalSteps } = this.#pace;
    const factor = schedule(step);
    const rates = groups.map(({ name, learningRate }) => [name, learningRate * factor] as const);
    const { steps, loss, tokens, started } = this.#window;
    this.#report({
      type: 'progress',
      step,
      totalSteps,
      epoch,
      loss: loss / steps,
      learningRate: rates[0]![1],
      ...(rates.length > 1 && { learningRates: Object.fromEntries(rates) }),
      gradientNorm,
      tokens: this.#spent.tokens,
      tokensPerSecond: (1000 * tokens) / (performance.now() - started),
      elapsedSeconds: this.#spent.elapsedSeconds,
      memoryBytes: process.memoryUsage.rss(),
    });
    this.#window = { steps: 0, loss: 0, tokens: 0, started: performance.now() };
  }
}

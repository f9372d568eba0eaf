import type { MetricDirection } from '../../metrics/metric.ts';
import { UserError } from '../../problems/userError.ts';
import type { LoopState } from './state.ts';

/** The metric that decides which checkpoint is best, and when a run stops early. */
export interface WatchedMetric {
  readonly name: string;
  readonly direction: MetricDirection;
  /** Evaluations without a better value that end the run; undefined: none do. */
  readonly patience: number | undefined;
}

/** The part of a run's state that its evaluations decide. */
export type Judged = Pick<LoopState, 'best' | 'staleEvaluations' | 'evaluatedStep'>;

/** Follows the watched metric from evaluation to evaluation. */
export class BestValue {
  readonly #watched: WatchedMetric;
  #state: Judged = { best: null, staleEvaluations: 0, evaluatedStep: 0 };

  constructor(watched: WatchedMetric) {
    this.#watched = watched;
  }

  get state(): Judged {
    return this.#state;
  }

  restore({ best, staleEvaluations, evaluatedStep }: Judged): void {
    this.#state = { best, staleEvaluations, evaluatedStep };
  }

  /** Whether the metric has not improved for as long as early stopping allows. */
  get isStale(): boolean {
    const { patience } = this.#watched;
    return patience !== undefined && this.#state.staleEvaluations >= patience;
  }

  /** Takes in an evaluation. @returns whether it is the best so far @throws UserError when it lacks the metric */
  judge(metrics: Readonly<Record<string, number>>, step: number): boolean {
    const { name, direction } = this.#watched;
    const value = metrics[name];
    if (value === undefined) {
      const rule = `must be one of ${Object.keys(metrics).join(', ')}, got ${name}`;
      throw new UserError(`training.early_stopping.metric: ${rule}; start a run with one of them`);
    }
    const { best, staleEvaluations } = this.#state;
    const isBetter =
      Number.isFinite(value) && (best === null || (direction === 'higher' ? value > best.value : value < best.value));
    this.#state = {
      best: isBetter ? { name, value, step } : best,
      staleEvaluations: isBetter ? 0 : staleEvaluations + 1,
      evaluatedStep: step,
    };
    return isBetter;
  }
}

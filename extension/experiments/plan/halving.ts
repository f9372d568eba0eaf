import type { MetricDirection } from '../../metrics/metric.ts';
import { mean } from '../../numbers/mean.ts';

/** What is halved: candidates by their numbers 0 … n − 1, and how. */
export interface HalvingPlan {
  readonly candidates: number;
  /** One in `eta` goes on to the next rung, at least one. */
  readonly eta: number;
  /** Budget at the end of each rung, ascending; the last is a full run. */
  readonly rungs: readonly number[];
  readonly direction: MetricDirection;
}

/** The validation metric of a candidate at the end of a rung: NaN when it failed or diverged, undefined while it is not known. */
type ScoreAt = (candidate: number, rung: number) => number | undefined;

/** Where a search stands. */
interface HalvingState {
  /** Candidates that take part in each rung reached so far, best first after the first one. */
  readonly entered: readonly (readonly number[])[];
  /** Runs that are needed next: all of one rung, for the rung above waits for the last of them. */
  readonly next: readonly { readonly candidate: number; readonly rung: number }[];
  /** The best of the last rung, once all of it is known; undefined too when none of it has a score. */
  readonly winner: number | undefined;
  readonly isOver: boolean;
}

/**
 * Budgets r, rη, rη², … below R, then R: found by multiplication, for a quotient of logarithms can lose a rung.
 * @param first r, the budget of the first rung, above 0
 * @param full R, a whole run's
 */
export function rungsOf(first: number, eta: number, full: number): readonly number[] {
  const rungs: number[] = [];
  for (let budget = first; budget < full; budget *= eta) rungs.push(budget);
  return [...rungs, full];
}

/** Candidates at each rung: |S₀| = n, |Sₖ₊₁| = max(1, ⌊|Sₖ| / η⌋). */
export function halvingSizes({ candidates, eta, rungs }: Omit<HalvingPlan, 'direction'>): readonly number[] {
  let size = candidates;
  return rungs.map((_, rung) => {
    if (rung > 0) size = Math.max(1, Math.floor(size / eta));
    return size;
  });
}

/** Budget of the whole search, every rung resumed from the one below: Σ |Sₖ| (bₖ − bₖ₋₁). */
export function halvingCost(plan: Omit<HalvingPlan, 'direction'>): number {
  return halvingSizes(plan).reduce((sum, size, k) => sum + size * (plan.rungs[k]! - (plan.rungs[k - 1] ?? 0)), 0);
}

/**
 * Synchronous successive halving: S₀ are all candidates, Sₖ₊₁ the ⌊|Sₖ|/η⌋ (at least 1) best of Sₖ at rung k, ties by
 * number. What failed or diverged never goes on. A function of the scores alone: whoever asks, in whatever order runs end, the
 * answer is the same.
 * @see Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", arXiv 1502.07943
 */
export function halvingState(plan: HalvingPlan, scoreAt: ScoreAt): HalvingState {
  const sizes = halvingSizes(plan);
  const entered: (readonly number[])[] = [];
  let here: readonly number[] = Array.from({ length: plan.candidates }, (_, candidate) => candidate);
  for (let rung = 0; rung < plan.rungs.length; rung++) {
    entered.push(here);
    const missing = here.filter((candidate) => scoreAt(candidate, rung) === undefined);
    if (missing.length > 0) {
      const next = missing.map((candidate) => ({ candidate, rung }));
      return { entered, next, winner: undefined, isOver: false };
    }
    const scores = new Map(here.map((candidate) => [candidate, scoreAt(candidate, rung)!]));
    const ranked = bestFirst(here, (candidate) => scores.get(candidate)!, plan.direction);
    if (rung === plan.rungs.length - 1) {
      const winner = ranked.find((candidate) => Number.isFinite(scores.get(candidate)!));
      return { entered, next: [], winner, isOver: true };
    }
    here = ranked.filter((candidate) => Number.isFinite(scores.get(candidate)!)).slice(0, sizes[rung + 1]);
  }
  return { entered, next: [], winner: undefined, isOver: true };
}

/** Numbers by their scores, the best first; equal ones by number, those without a finite score last. */
export function bestFirst(
  numbers: readonly number[],
  scoreOf: (number: number) => number,
  direction: MetricDirection,
): readonly number[] {
  const sign = direction === 'higher' ? 1 : -1;
  const rank = (number: number): number => {
    const score = scoreOf(number);
    return Number.isFinite(score) ? sign * score : Number.NEGATIVE_INFINITY;
  };
  return [...numbers].sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first === second ? a - b : second - first;
  });
}

/**
 * What a candidate's runs, one for each tuning seed, say together: their mean; undefined until all have ended, NaN when one of
 * them failed or diverged.
 */
export function candidateScore(scores: readonly (number | undefined)[]): number | undefined {
  const known = scores.filter((score) => score !== undefined);
  if (known.length < scores.length || known.length === 0) return undefined;
  const score = mean(known);
  return Number.isFinite(score) ? score : Number.NaN;
}

import { type Spread, spreadOf } from '../statistics/spread.ts';
import { type Question, scored } from './question.ts';

/** One arm: how good it is, how sure that is, and what it costs. */
export interface LeaderboardRow {
  readonly arm: string;
  /** Undefined where no run has a result. */
  readonly spread: Spread | undefined;
  /** Every run that counts. */
  readonly scores: readonly { readonly seed: number; readonly score: number }[];
  /** Runs that were planned, those without a result included. */
  readonly planned: number;
  readonly tunable: number;
  /** Values that tuning chose. */
  readonly tuned: readonly string[];
  /** Mean time of a run. */
  readonly seconds: number | undefined;
  /** Most memory that a run took. */
  readonly peakBytes: number | undefined;
}

/** The arms by their mean, the best first; those without a result last, in the order given. */
export function leaderboardOf({ arms, metric }: Question): readonly LeaderboardRow[] {
  const sign = metric.direction === 'lower' ? -1 : 1;
  const rank = ({ spread }: LeaderboardRow): number =>
    spread === undefined ? Number.NEGATIVE_INFINITY : sign * spread.mean;
  const rows = arms.map((arm): LeaderboardRow => {
    const runs = scored(arm);
    const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? []);
    return {
      arm: arm.name,
      spread: runs.length === 0 ? undefined : spreadOf(runs.map(({ score }) => score)),
      scores: runs.map(({ seed, score }) => ({ seed, score })),
      planned: arm.runs.length,
      tunable: arm.tunable,
      tuned: arm.tuned ?? [],
      seconds: runs.length === 0 ? undefined : runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
    };
  });
  return rows.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

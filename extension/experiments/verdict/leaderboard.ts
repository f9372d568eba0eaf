import { type CostName, costNames, type FrontPlace } from '../../contract/sweepView.ts';
import { notNegative, valueRange } from '../../metrics/metric.ts';
import { type Interval, type Spread, spreadOf } from '../statistics/spread.ts';
import { frontPlace } from './costFront.ts';
import { type ArmRuns, type Question, scored, scoresOf } from './question.ts';

/** What an arm's result costs, and whether another is as good for less. */
interface ArmCost {
  readonly spread: Spread;
  readonly front: FrontPlace;
}

/** One arm: how good it is, how sure that is, and what it costs. */
export interface LeaderboardRow {
  readonly arm: string;
  /** Undefined where no run has a result. */
  readonly spread: Spread | undefined;
  /** Every run that counts. */
  readonly scores: readonly { readonly seed: number; readonly score: number }[];
  /** Runs that were planned, those without a result included. */
  readonly planned: number;
  /** Undefined before its first run. */
  readonly tunable: number | undefined;
  /** Values that tuning chose. */
  readonly tuned: readonly string[];
  /** Mean time of a run. */
  readonly seconds: number | undefined;
  /** Most memory that a run took. */
  readonly peakBytes: number | undefined;
  /** Costs that are known, by name. */
  readonly costs: { readonly [C in CostName]?: ArmCost };
}

/** The arms by their mean, the best first; those without a result last, in the order given. */
export function leaderboardOf({ arms, metric }: Question): readonly LeaderboardRow[] {
  const direction = metric.direction ?? 'higher';
  const priced = arms.map((arm) => ({ score: spreadIn(scoresOf(arm), valueRange(metric)), costs: costsOf(arm) }));
  const costsIn = (index: number): LeaderboardRow['costs'] => {
    const known = costNames.flatMap((name) => {
      const at = priced.map(({ score, costs }) => ({ score, cost: costs[name] }));
      const arm = at[index]!;
      if (arm.cost === undefined) return [];
      const others = at.flatMap(({ score, cost }, i) => (i === index || cost === undefined ? [] : [{ score, cost }]));
      return [[name, { spread: arm.cost, front: frontPlace({ ...arm, cost: arm.cost }, others, direction) }]];
    });
    return Object.fromEntries(known);
  };
  const sign = metric.direction === 'lower' ? -1 : 1;
  const rank = ({ spread }: LeaderboardRow): number =>
    spread === undefined ? Number.NEGATIVE_INFINITY : sign * spread.mean;
  const rows = arms.map((arm, index): LeaderboardRow => {
    const runs = scored(arm);
    const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? []);
    return {
      arm: arm.name,
      spread: priced[index]!.score,
      scores: runs.map(({ seed, score }) => ({ seed, score })),
      planned: arm.runs.length,
      tunable: arm.tunable,
      tuned: arm.tuned ?? [],
      seconds: runs.length === 0 ? undefined : runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
      costs: costsIn(index),
    };
  });
  return rows.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

const spreadIn = (values: readonly number[], range: Interval): Spread | undefined =>
  values.length === 0 ? undefined : spreadOf(values, range);

/** What is tuned and kept is the same for every seed; time and memory are measured. */
function costsOf(arm: ArmRuns): { readonly [C in CostName]: Spread | undefined } {
  const runs = scored(arm);
  const exactly = (value: number | undefined): Spread | undefined =>
    runs.length === 0 || value === undefined
      ? undefined
      : { n: runs.length, mean: value, sd: 0, interval: { low: value, high: value } };
  return {
    tunable: exactly(arm.tunable),
    seconds: spreadIn(
      runs.map(({ seconds }) => seconds),
      notNegative,
    ),
    memory: spreadIn(
      runs.flatMap(({ peakBytes }) => peakBytes ?? []),
      notNegative,
    ),
    kept: exactly(arm.keptBytes),
  };
}

import type { FrontPlace } from '../../contract/sweepView.ts';
import type { MetricDirection } from '../../metrics/metric.ts';
import { fewestSeeds } from '../statistics/enoughSeeds.ts';
import type { Interval, Spread } from '../statistics/spread.ts';

/** An arm where its score meets one of its costs. */
export interface Priced {
  readonly score: Spread | undefined;
  readonly cost: Spread;
}

/**
 * Whether an arm belongs to those that no other is as good as for less. It does (`on`) where each other arm is worse or dearer
 * beyond the intervals of both; it does not (`off`) where one other is better beyond them and no dearer. Else it is `open`, or `unknown` where none of
 * those that it is not told from can be compared with it. Scores of fewer seeds than a comparison takes count as without an interval.
 */
export function frontPlace(arm: Priced, others: readonly Priced[], direction: MetricDirection): FrontPlace {
  const sign = direction === 'higher' ? 1 : -1;
  const score = (of: Priced): Interval | undefined =>
    isEnough(of.score) ? upwards(of.score.interval, sign) : undefined;
  const cost = (of: Priced): Interval | undefined => of.cost.interval;
  const beats = (a: Priced, b: Priced): boolean =>
    isAbove(score(a), score(b)) && (isAbove(cost(b), cost(a)) || isSame(cost(a), cost(b)));
  if (others.some((other) => beats(other, arm))) return 'off';
  const stands = (other: Priced): boolean => isAbove(score(arm), score(other)) || isAbove(cost(other), cost(arm));
  const undecided = others.filter((other) => !stands(other));
  if (undecided.length === 0) return 'on';
  return score(arm) && undecided.some((other) => score(other)) ? 'open' : 'unknown';
}

const isEnough = (score: Spread | undefined): score is Spread => score !== undefined && score.n >= fewestSeeds;

const upwards = (interval: Interval | undefined, sign: number): Interval | undefined =>
  interval === undefined || sign === 1 ? interval : { low: -interval.high, high: -interval.low };

/** Whether all of the first lies above all of the second. */
const isAbove = (a: Interval | undefined, b: Interval | undefined): boolean =>
  a !== undefined && b !== undefined && a.low > b.high;

/** Whether both are one and the same number. */
const isSame = (a: Interval | undefined, b: Interval | undefined): boolean =>
  a !== undefined && b !== undefined && a.low === a.high && b.low === b.high && a.low === b.low;

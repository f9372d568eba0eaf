import type { VerdictView } from '../../extension/contract/sweepView.ts';
import { fewestSeeds } from '../../extension/experiments/statistics/enoughSeeds.ts';
import { unitText } from '../../extension/experiments/verdict/scoreText.ts';
import { chiefPairs } from '../../extension/experiments/verdict/verdictLines.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import { formatDifference, formatQuantity, type Quantity } from '../../extension/view/figures.ts';
import type { LineLook } from '../looks/palette.ts';

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One row of a plot of dots and intervals. */
export interface RangeRow {
  readonly name: string;
  readonly look: LineLook;
  /** One for each seed. */
  readonly dots: readonly number[];
  readonly mean: number | undefined;
  /** Drawn as a bracket. */
  readonly interval: Interval | undefined;
  /** Drawn as a thin line below the bracket. */
  readonly wider: Interval | undefined;
  /** Printed at the row's end. */
  readonly end: string;
  readonly isStrong: boolean;
}

export interface RangePlot {
  readonly rows: readonly RangeRow[];
  readonly quantity: Quantity;
  /** Of differences: ticks with signs, and points for shares. */
  readonly isDifference: boolean;
  /** Of figures that stand without one: `points`. */
  readonly unit: string;
  /** A vertical line. */
  readonly reference: number | undefined;
}

/** Of the mean of an arm; undefined while it has few of its seeds, whose wide intervals would hide all others. */
export const meanInterval = ({
  spread,
  planned,
}: Pick<VerdictView['leaderboard'][number], 'spread' | 'planned'>): Interval | undefined =>
  spread && spread.n < Math.min(fewestSeeds, planned) ? undefined : spread?.interval;

/** The arms of a verdict, each with its seeds, mean and interval; the line is the reference's mean, else the best one's. */
export function scoreRows(verdict: VerdictView, lookOf: (arm: string) => LineLook): RangePlot {
  const { quantity } = metricOf(verdict.metric);
  const standard = verdict.leaderboard.find(({ arm }) => arm === verdict.reference) ?? verdict.leaderboard[0];
  return {
    rows: verdict.leaderboard.map(({ arm, spread, scores, planned }) => ({
      name: arm,
      look: lookOf(arm),
      dots: scores.map(({ score }) => score),
      mean: spread?.mean,
      interval: meanInterval({ spread, planned }),
      wider: undefined,
      end: spread === undefined ? 'no result' : formatQuantity(spread.mean, quantity),
      isStrong: false,
    })),
    quantity,
    isDifference: false,
    unit: '',
    reference: standard?.spread?.mean,
  };
}

/** The pairs of a verdict, of many the chief ones: first minus second, with an interval for these rows and one for new rows too where the two are compared. */
export function differenceRows(
  { metric, pairs, reference }: VerdictView,
  lookOf: (arm: string) => LineLook,
): RangePlot {
  const { quantity } = metricOf(metric);
  return {
    rows: chiefPairs(pairs, reference).map(({ first, second, difference, newRows, verdict }) => {
      const isCompared = verdict !== 'untested';
      return {
        name: `${first} − ${second}`,
        look: lookOf(first),
        dots: [],
        mean: difference?.difference,
        interval: isCompared ? difference?.interval : undefined,
        wider: isCompared ? newRows : undefined,
        end: isCompared && difference ? formatDifference(difference.difference, quantity) : 'not compared',
        isStrong: verdict === 'better' || verdict === 'worse',
      };
    }),
    quantity,
    isDifference: true,
    unit: unitText(metricOf(metric)).trim(),
    reference: 0,
  };
}

/** The values that must be in sight. */
export function rangeOf({ rows, reference }: RangePlot): Interval {
  const values = rows.flatMap(({ dots, mean, interval, wider }) => [
    ...dots,
    ...[mean, interval?.low, interval?.high, wider?.low, wider?.high],
  ]);
  const known = [...values, reference].filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  if (known.length === 0) return { low: 0, high: 1 };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const air = (high - low || Math.abs(high) || 1) * 0.05;
  return { low: low - air, high: high + air };
}

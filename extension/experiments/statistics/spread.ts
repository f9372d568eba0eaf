import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** A range of values with its two ends, in the unit of what it is a range of. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How the scores of one arm lie, in the scores' own unit. */
export interface Spread {
  /** Scores, one for each seed. */
  readonly n: number;
  readonly mean: number;
  /** Standard deviation with n − 1; undefined for one score. */
  readonly sd: number | undefined;
  /** Where the mean over all seeds lies with 95 % confidence; undefined for one score. */
  readonly interval: Interval | undefined;
}

/** Confidence of every interval. */
const confidence = 0.95;

/** The quantile behind a two-sided interval of this confidence. */
export const upperTail = (1 + confidence) / 2;

/**
 * x̄ = Σ xᵢ / n, summed from the first value on: equal values have no spread, whatever their last bits.
 * @throws RangeError for no values.
 */
export function shiftedMean(values: readonly number[]): number {
  const [first] = values;
  if (first === undefined) throw new RangeError('mean: needs at least one value, got none');
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/**
 * s² = Σ (xᵢ − x̄)² / (n − 1).
 * @throws RangeError for fewer than two values.
 */
export function varianceOf(values: readonly number[]): number {
  if (values.length < 2) throw new RangeError(`variance: needs at least two values, got ${values.length}`);
  const mean = shiftedMean(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** Every number. */
const anywhere: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/**
 * Mean, standard deviation s and Student's interval x̄ ± t₀.₉₇₅,ₙ₋₁ s / √n, of which only what lies in the range of possible scores is
 * told: an accuracy has no 214 %.
 * @throws RangeError for no scores.
 */
export function spreadOf(scores: readonly number[], range: Interval = anywhere): Spread {
  const n = scores.length;
  const mean = shiftedMean(scores);
  if (n === 1) return { n, mean, sd: undefined, interval: undefined };
  const sd = Math.sqrt(varianceOf(scores));
  const half = (tQuantile(upperTail, n - 1) * sd) / Math.sqrt(n);
  // Scores of another program may be on another scale, such as 0 … 100.
  const isInRange = scores.every((score) => score >= range.low && score <= range.high);
  const { low, high } = isInRange ? range : anywhere;
  return { n, mean, sd, interval: { low: Math.max(low, mean - half), high: Math.min(high, mean + half) } };
}

/**
 * How much wider Student's interval with ν degrees of freedom is than a normal one: t₁₋α⁄₂,ν / z₁₋α⁄₂.
 * @param level α; by default that of an interval of 95 %
 */
export const tStretch = (df: number, level: number = 1 - confidence): number =>
  tQuantile(1 - level / 2, df) / normalQuantile(1 - level / 2, 0, 1);

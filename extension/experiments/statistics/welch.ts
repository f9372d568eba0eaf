import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { type Interval, shiftedMean, upperTail, varianceOf } from './spread.ts';

/** A difference of two means, in the scores' own unit. */
export interface Difference {
  /** Mean of the first minus mean of the second. */
  readonly difference: number;
  readonly standardError: number;
  /** Degrees of freedom ν. */
  readonly df: number;
  /** Where the difference lies with 95 % confidence. */
  readonly interval: Interval;
  /** Two-sided, for a difference of 0. */
  readonly p: number;
}

/**
 * Welch's difference of means for arms of unequal spread: Δ ± t₀.₉₇₅,ν √(u + v) with u = sₐ²/nₐ, v = s_b²/n_b and
 * ν = (u + v)² / (u²/(nₐ − 1) + v²/(n_b − 1)). Without any spread the difference is exact: its interval has no width.
 * @throws RangeError unless both have two scores or more.
 * @see Welch, "The generalization of Student's problem when several different population variances are involved", 1947
 */
export function welchDifference(a: readonly number[], b: readonly number[]): Difference {
  const difference = shiftedMean(a) - shiftedMean(b);
  const standardError = Math.sqrt(varianceOf(a) / a.length + varianceOf(b) / b.length);
  if (standardError === 0) {
    const df = a.length + b.length - 2;
    return { difference, standardError, df, interval: { low: difference, high: difference }, p: difference ? 0 : 1 };
  }
  const df = welchFreedom(a, b);
  const half = tQuantile(upperTail, df) * standardError;
  return {
    difference,
    standardError,
    df,
    interval: { low: difference - half, high: difference + half },
    p: 2 * tCdf(-Math.abs(difference / standardError), df),
  };
}

function welchFreedom(a: readonly number[], b: readonly number[]): number {
  const u = varianceOf(a) / a.length;
  const v = varianceOf(b) / b.length;
  return (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
}

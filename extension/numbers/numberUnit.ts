import { mean as meanOf } from './mean.ts';

/** The unit that numbers are learned in: as (y − mean) / deviation. */
export interface NumberUnit {
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

/** As the numbers are written. */
export const writtenUnit: NumberUnit = { mean: 0, deviation: 1 };

/**
 * The unit in which numbers have mean 0 and deviation 1; equal ones keep their size.
 * @param isShifted false: what learns them has no bias, so that 0 stays 0 and the mean square becomes 1
 */
export function unitOf(numbers: readonly number[], isShifted: boolean): NumberUnit {
  const mean = isShifted ? meanOf(numbers) : 0;
  const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  // Divided first, so that no square is infinite or 0.
  const deviation = largest * Math.sqrt(meanOf(numbers.map((value) => ((value - mean) / (largest || 1)) ** 2)));
  return { mean, deviation: deviation || 1 };
}

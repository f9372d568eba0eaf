import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** How often a difference of the size looked for is to be found. */
const wantedPower = 0.8;

/** More seeds than this are nobody's plan. */
const mostSeeds = 10_000;

/** How finely the density of the estimated spread is summed: twice as finely changes no digit that a number holds. */
const steps = 250;

/**
 * Chance that a two-sided t test finds a difference: P(|T| > t₁₋α⁄₂,ν) for Student's noncentral T with ν degrees of freedom. T = (Z + δ) / S, so P = ∫ (Φ(δ − t s) + Φ(−δ − t s)) f(s) ds over the density f(s) ∝ s^{ν−1} e^{−ν s²/2} of S. It
 * is summed over ln s, where the integrand is smooth and dies out at both ends.
 * @param shift δ, the difference in standard errors
 * @param df ν > 0; need not be whole
 * @param level α, of all comparisons together divided by their number
 */
export function powerOf(shift: number, df: number, level: number): number {
  const critical = tQuantile(1 - level / 2, df);
  // Where the density has fallen to e⁻⁴⁰ of its peak: below by its exponential tail, above by s² alone.
  const low = -40 / df - 0.5;
  const excess = 80 / df;
  const high = Math.log1p(excess + Math.sqrt(excess ** 2 + 2 * excess)) / 2;
  let weights = 0;
  let found = 0;
  for (let i = 0; i <= steps; i++) {
    const logarithm = low + ((high - low) * i) / steps;
    const s = Math.exp(logarithm);
    const weight = Math.exp(df * (logarithm - (s ** 2 - 1) / 2));
    weights += weight;
    found += weight * (normalCdf(shift - critical * s, 0, 1) + normalCdf(-shift - critical * s, 0, 1));
  }
  return found / weights;
}

/**
 * The least difference that is found four times in five, in standard errors: the δ with power 0.8.
 * @param df degrees of freedom of the test
 * @see Card et al., "With Little Power Comes Great Responsibility", EMNLP 2020
 */
export function detectableShift(df: number, level: number): number {
  let low = 0;
  let high = 1;
  while (powerOf(high, df, level) < wantedPower) high *= 2;
  for (let i = 0; i < 34; i++) {
    const middle = (low + high) / 2;
    if (powerOf(middle, df, level) < wantedPower) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Seeds that each of two arms needs so that a difference of `effect` standard deviations is found four times in five: the
 * least n ≥ 2 with power(d √(n/2), 2n − 2) ≥ 0.8; undefined beyond 10,000.
 * @param effect d = Δ / s, with s² the mean of the two variances
 * @param levelOf the level α that a test of n seeds against n has; 0 where it can show nothing
 */
export function seedsToDetect(effect: number, levelOf: (n: number) => number): number | undefined {
  const enough = (n: number): boolean => {
    const level = levelOf(n);
    return level > 0 && powerOf(Math.abs(effect) * Math.sqrt(n / 2), 2 * n - 2, level) >= wantedPower;
  };
  if (!enough(mostSeeds)) return undefined;
  let low = 1;
  let high = mostSeeds;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

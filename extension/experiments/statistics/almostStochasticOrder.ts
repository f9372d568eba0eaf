import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Random } from '../../numbers/random.ts';
import { varianceOf } from './spread.ts';

/** How far the first arm is from being the better one at every quantile. */
export interface StochasticOrder {
  /** ε of the scores themselves: 0, the first is above at every quantile; ½, neither; 1, the second is. */
  readonly violation: number;
  /** What ε is below with 95 % confidence: under 0.2 the first arm counts as almost stochastically greater. */
  readonly upperBound: number;
}

const resamples = 1000;

/**
 * ε = ∫ (G⁻¹ − F⁻¹)₊² / ∫ (G⁻¹ − F⁻¹)² over the quantile functions F⁻¹ of the first arm and G⁻¹ of the second; its upper bound
 * is ε − √((n + m)/(nm)) σ̂ Φ⁻¹(0.05), σ̂ from a bootstrap of both arms, clipped to 0 … 1.
 * @throws RangeError for an arm without scores.
 * @see Dror, Shlomov and Reichart, "Deep Dominance: How to Properly Compare Deep Neural Models", ACL 2019
 */
export function almostStochasticOrder(a: readonly number[], b: readonly number[], random: Random): StochasticOrder {
  if (a.length === 0 || b.length === 0) throw new RangeError('stochastic order: needs scores of both arms, got none');
  const violation = violationRatio(a, b);
  const scale = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const drawn = (scores: readonly number[]): number[] => scores.map(() => scores[random.nextInt(scores.length)]!);
  const deviations = Array.from({ length: resamples }, () => scale * (violationRatio(drawn(a), drawn(b)) - violation));
  const bound = violation - (Math.sqrt(varianceOf(deviations)) * normalQuantile(0.05, 0, 1)) / scale;
  return { violation, upperBound: Math.min(1, Math.max(0, bound)) };
}

/** ε of two samples, whose quantile functions are steps; ½ for equal samples. */
function violationRatio(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [a, b].map((scores) => [...scores].sort((x, y) => x - y)) as [number[], number[]];
  let against = 0;
  let all = 0;
  // Both step at multiples of 1/(nm).
  const parts = a.length * b.length;
  for (let at = 0; at < parts; ) {
    const i = Math.floor(at / b.length);
    const j = Math.floor(at / a.length);
    const next = Math.min((i + 1) * b.length, (j + 1) * a.length);
    const gap = second[j]! - first[i]!;
    all += (next - at) * gap ** 2;
    if (gap > 0) against += (next - at) * gap ** 2;
    at = next;
  }
  return all === 0 ? 0.5 : against / all;
}

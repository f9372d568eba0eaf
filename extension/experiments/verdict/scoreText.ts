import type { MetricFacts } from '../../metrics/metric.ts';
import type { Interval } from '../statistics/spread.ts';

/** Shares are told in percent, and their differences in points. */
const scaleOf = ({ quantity }: MetricFacts): number => (quantity === 'share' ? 100 : 1);

/** So many decimals that a range of this width has two digits: 1.5 points → 1, 0.15 → 2. */
function decimalsFor(width: number): number {
  if (!(width > 0) || !Number.isFinite(width)) return 2;
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(width))));
}

/** Decimals for what is told of a metric where its scores lie within a range. */
export const decimalsOf = (metric: MetricFacts, { low, high }: Interval): number =>
  decimalsFor((high - low) * scaleOf(metric));

/** With its sign: `+2.3`, `−0.4`; `0.0` has none. */
export function signedText(metric: MetricFacts, value: number, decimals: number): string {
  const text = fixed(value * scaleOf(metric), decimals);
  return /[1-9]/.test(text) && value > 0 ? `+${text}` : text;
}

/** `2.3`, for a size without sign. */
export const sizeText = (metric: MetricFacts, value: number, decimals: number): string =>
  fixed(Math.abs(value) * scaleOf(metric), decimals);

/** ` points` behind differences of shares; nothing behind others. */
export const unitText = ({ quantity }: MetricFacts): string => (quantity === 'share' ? ' points' : '');

/** `0.024`, `< 0.001`. */
export const pValue = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(p < 0.1 ? 3 : 2));

/** `p = 0.024`, `p < 0.001`. */
export const pText = (p: number): string => (p < 0.001 ? `p ${pValue(p)}` : `p = ${pValue(p)}`);

/** A minus sign as long as the plus, and none before zero. */
function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return /[1-9]/.test(text) ? text.replace('-', '−') : text.replace('-', '');
}

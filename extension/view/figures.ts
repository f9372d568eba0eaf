/** How numbers read to people: short and aligned; the exact value belongs in the title beside them. */

import type { MetricQuantity } from '../metrics/metric.ts';
import { metricOf } from '../metrics/registry.ts';

/** A value is written by the quantity that it measures. */
export type Quantity = MetricQuantity | 'rate' | 'count' | 'learningRate';

let integers: Intl.NumberFormat | undefined;
/** Made when it is first needed: it takes ten milliseconds, and most processes write no number for people. */
function integer(value: number): string {
  integers ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return integers.format(value);
}
const minus = '−';

/** What reads as zero has no sign. */
function signed(text: string): string {
  return text.replace(/^-/, /[1-9]/.test(text) ? minus : '');
}

function notFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '∞';
  return value === Number.NEGATIVE_INFINITY ? `${minus}∞` : undefined;
}

/** `148,610` */
export function formatCount(value: number): string {
  return notFinite(value) ?? signed(integer(value));
}

/** `2,500 tokens/s` */
export const formatSpeed = (tokensPerSecond: number): string => `${formatCount(tokensPerSecond)} tokens/s`;

/** Three significant digits unless told otherwise: `0.389`, `12.4`, `1,830`, `3.1e−5`. */
export function formatSignificant(value: number, digits = 3): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size < 1e-3 || size >= 1e9) {
    const [mantissa, exponent] = rounded.toExponential().split('e');
    return signed(`${mantissa}e${exponent!.replace('+', '').replace('-', minus)}`);
  }
  return size >= Math.min(1000, 10 ** digits) ? formatCount(rounded) : signed(rounded.toPrecision(digits));
}

/** One decimal, `83.4 %`; below 1 % two significant digits, `0.044 %`, so that small shares do not all read 0.0. */
export function formatPercent(percent: number, moreDigits = 0): string {
  const special = notFinite(percent);
  if (special !== undefined) return special;
  const size = Math.abs(percent);
  if (size === 0) return `0${narrowSpace}%`;
  if (size < 1e-4) return `< 0.0001${narrowSpace}%`;
  const text = size < 1 ? String(Number(percent.toPrecision(2 + moreDigits))) : percent.toFixed(1 + moreDigits);
  return `${signed(text)}${narrowSpace}%`;
}
const narrowSpace = '\u202f';

/** `0.4 s`, `41 s`, `1m 20s`, `2h 05m`, `3d 04h`. */
export function formatDuration(seconds: number): string {
  const special = notFinite(seconds);
  if (special !== undefined) return special;
  if (seconds < 0) return signed(`-${formatDuration(-seconds)}`);
  if (seconds > 0 && seconds < 9.95) return `${Number(seconds.toFixed(1))}${narrowSpace}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${narrowSpace}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** `0:41`, `12:04`, `1:02:03`: time left. */
export function formatClock(seconds: number): string {
  const special = notFinite(seconds);
  if (special !== undefined) return special;
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Decimals that tell values apart which differ by so much: as many as it has itself, for 0.25 two. */
export function decimalsFor(spacing: number): number {
  const decimals = Math.min(12, Math.max(0, Math.ceil(-Math.log10(spacing) - 1e-9)));
  const digits = spacing * 10 ** decimals;
  return Math.abs((digits % 1) - 0.5) < 1e-6 ? decimals + 1 : decimals;
}

/**
 * Decimal units: `517 MB`, `2.1 GB`.
 * @param spacing how far the next value is that must read otherwise
 */
export function formatBytes(bytes: number, spacing?: number): string {
  const special = notFinite(bytes);
  if (special !== undefined) return special;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const usual = unit > 2 && Math.abs(value) < 99.95 ? 1 : 0;
  const digits = spacing === undefined ? usual : decimalsFor(spacing / 1000 ** unit);
  return `${signed(value.toFixed(digits))}${narrowSpace}${units[unit]}`;
}

/**
 * A value with its unit: `83.4 %`, `517 MB`, `1m 20s`.
 * @param moreDigits behind those of shares, scores and plain numbers
 */
export function formatQuantity(value: number, quantity: Quantity, moreDigits = 0): string {
  switch (quantity) {
    case 'share':
      return formatPercent(value * 100, moreDigits);
    case 'score':
      return notFinite(value) ?? signed(value.toFixed(3 + moreDigits));
    case 'rate':
    case 'count':
      return formatCount(value);
    case 'bytes':
      return formatBytes(value);
    case 'seconds':
      return formatDuration(value);
    case 'learningRate':
    case 'plain':
      return formatSignificant(value, 3 + moreDigits);
  }
}

/** More digits in the terminal, where figures are read without a chart beside them: `83.42 %`. */
export const terminalDigits = 1;

/** A metric's value by what it measures: `83.4 %`, `0.389`. */
export const formatMetric = (name: string, value: number, moreDigits = 0): string =>
  formatQuantity(value, metricOf(name).quantity, moreDigits);

/** A mean with its deviation, and the unit once behind both: `83.5 ± 0.4 %`, `0.237 ± 0.015`. */
export function formatSpread(mean: number, deviation: number, quantity: Quantity, moreDigits = 0): string {
  if (!Number.isFinite(mean)) return formatQuantity(mean, quantity, moreDigits);
  const text = formatDeviation(mean, deviation, quantity, moreDigits);
  return quantity === 'share'
    ? `${signed((100 * mean).toFixed(1 + moreDigits))} ± ${text}${narrowSpace}%`
    : `${formatQuantity(mean, quantity, moreDigits)} ± ${text}`;
}

/** A deviation with as many decimals as its mean: `0.4` points, `0.015`. */
export function formatDeviation(mean: number, deviation: number, quantity: Quantity, moreDigits = 0): string {
  if (quantity === 'share') return (100 * deviation).toFixed(1 + moreDigits);
  const decimals = /\.(\d+)$/.exec(formatQuantity(mean, quantity, moreDigits))?.[1]?.length;
  return decimals === undefined ? formatQuantity(deviation, quantity, moreDigits) : deviation.toFixed(decimals);
}

/** With its sign, for differences: `+0.8`, `−0.021`; percentage points for shares. What reads as zero has none. */
export function formatDifference(value: number, quantity: Quantity): string {
  const text =
    quantity === 'share' ? (notFinite(value) ?? signed((value * 100).toFixed(1))) : formatQuantity(value, quantity);
  return value > 0 && /[1-9∞]/.test(text) ? `+${text}` : text;
}

/** All digits, for titles and copied tables. */
export function formatExact(value: number): string {
  return String(value);
}

/** The name of a metric as a heading: `Macro F1`. */
export function headingOf(metric: string): string {
  const { title } = metricOf(metric);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** Where room is scarce: `acc 84.1`, `loss 0.389`. */
export const shortMetric = (name: string, value: number): string =>
  `${metricOf(name).short} ${formatMetric(name, value).replace(/\u202f%$/, '')}`;

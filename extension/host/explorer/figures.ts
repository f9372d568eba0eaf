import { metricOf } from '../../metrics/registry.ts';

/** `1m 20s`, `0:41` left as a clock is written elsewhere: `2h 05m`, `12s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
}

/** `0:41`, `12:05`, `2:05:00`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

const counts = new Intl.NumberFormat('en-US');

/** `38,400` */
export const count = (value: number): string => counts.format(value);

/** `acc 84.1`, `loss 0.389`: a share of one in percent with one decimal, all else with three significant digits. */
export const metric = (name: string, value: number): string => `${metricOf(name).short} ${metricValue(name, value)}`;

export function metricValue(name: string, value: number): string {
  if (metricOf(name).quantity === 'share') return (100 * value).toFixed(1);
  return Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(2)
    : value.toPrecision(3);
}

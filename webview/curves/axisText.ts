import { decimalsFor, formatBytes, formatCount, formatDuration, type Quantity } from '../../extension/view/figures.ts';
import type { Axis } from '../state/choices.ts';

/** A tick as Chart.js has it. */
interface Tick {
  readonly value: number;
}

/** How far the nearest two ticks are apart; of one alone, what is worth a digit. */
export function spacingOf(ticks: readonly Tick[]): number {
  if (ticks.length < 2) return Math.abs(ticks[0]?.value ?? 1) / 100 || 1;
  return Math.min(...ticks.slice(1).map(({ value }, index) => Math.abs(value - ticks[index]!.value)));
}

/** The same around one tick: on a log axis each has its own. */
export const spacingAround = (ticks: readonly Tick[], index: number): number =>
  spacingOf(ticks.slice(Math.max(0, index - 1), index + 2));

/**
 * The size by which an axis chooses one notation for all of its ticks: the greatest of a linear axis, the least of one in ratios.
 */
export function sizeOf(ticks: readonly Tick[], isLog = false): number {
  const sizes = ticks.map(({ value }) => Math.abs(value)).filter((size) => size > 0);
  if (sizes.length === 0) return 0;
  return isLog ? Math.min(...sizes) : Math.max(...sizes);
}

function decimal(value: number, spacing: number): string {
  const decimals = decimalsFor(spacing);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString('en-US', { ...digits, signDisplay: 'negative' }).replace('-', '−');
}

/** `1.25e−3` */
function scientific(value: number, spacing: number): string {
  const power = Math.floor(Math.log10(Math.abs(value)));
  const [mantissa, exponent] = value.toExponential(decimalsFor(spacing / 10 ** power)).split('e');
  return `${Number(mantissa)}e${exponent}`.replace('+', '').replaceAll('-', '−');
}

/** Durations have two units, and what neighbours need besides: `2h 05m 20s`, `12.5 s`. */
function durationTick(seconds: number, spacing: number): string {
  const decimals = decimalsFor(spacing);
  const last = seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600;
  if (spacing >= last && decimals === 0) return formatDuration(seconds);
  const size = Number(seconds.toFixed(decimals));
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = (size % 60).toFixed(decimals);
  if (size < 60) return `${rest}\u202fs`;
  const padded = `${rest.padStart(decimals > 0 ? decimals + 3 : 2, '0')}s`;
  if (size < 3600) return `${Math.floor(size / 60)}m ${padded}`;
  const minutes = `${Math.floor(size / 3600)}h ${two(Math.floor(size / 60) % 60)}m`;
  return spacing >= 60 ? minutes : `${minutes} ${padded}`;
}

/**
 * A value on an axis, with as many digits as tell it from the next tick: three would hide small steps of large numbers.
 * @param size see `sizeOf`
 */
export function tickText(value: number, quantity: Quantity, spacing: number, size = Math.abs(value)): string {
  switch (quantity) {
    case 'share':
      return `${decimal(100 * value, 100 * spacing)} %`;
    case 'bytes':
      return formatBytes(value, spacing);
    case 'seconds':
      return durationTick(value, spacing);
    case 'rate':
    case 'count':
      return decimal(value, spacing);
    case 'learningRate':
    case 'score':
    case 'plain': {
      const small = quantity === 'learningRate' ? 0.01 : 1e-3;
      if (value === 0 && spacing < small) return '0';
      return value !== 0 && (size < small || size >= 1e9) ? scientific(value, spacing) : decimal(value, spacing);
    }
  }
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `48.1K`, where its one decimal tells it from the next. */
function compactTick(value: number, spacing: number, size: number): string {
  const unit = 1000 ** Math.floor(Math.log10(Math.max(1, size)) / 3 + 1e-9);
  return decimalsFor(spacing / unit) > 1 ? formatCount(value) : compact.format(value);
}

/** @param size see `sizeOf` */
export function axisTickText(value: number, axis: Axis, spacing: number, size = Math.abs(value)): string {
  switch (axis) {
    case 'step':
      return size >= 1e5 ? compactTick(value, spacing, size) : formatCount(value);
    case 'tokens':
      return compactTick(value, spacing, size);
    case 'epoch':
      return decimal(value, spacing);
    case 'time':
      return durationTick(value, spacing);
  }
}

/** `step 420`, `epoch 0.62`, `1m 20s`, `31,200 tokens`: the head of a tooltip. */
export function axisValueText(value: number, axis: Axis): string {
  switch (axis) {
    case 'step':
      return `step ${formatCount(value)}`;
    case 'tokens':
      return `${formatCount(value)} tokens`;
    case 'epoch':
      return `epoch ${value.toFixed(2)}`;
    case 'time':
      return formatDuration(value);
  }
}

export const axisTitles: { readonly [A in Axis]: string } = {
  step: 'step',
  epoch: 'epoch',
  time: 'training time',
  tokens: 'tokens',
};

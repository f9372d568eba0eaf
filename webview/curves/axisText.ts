import {
  formatCount,
  formatDuration,
  formatQuantity,
  formatSignificant,
  type Quantity,
} from '../../extension/view/figures.ts';
import type { Axis } from '../state/choices.ts';

/** Small steps of a large number lose their difference in three digits: ticks take as many as their distance needs. */
export function tickText(value: number, quantity: Quantity, spacing: number): string {
  if (quantity === 'share') {
    const digits = Math.max(0, Math.min(4, Math.ceil(-Math.log10(spacing * 100 || 1))));
    return `${(value * 100).toFixed(digits)} %`;
  }
  if (quantity === 'score' || quantity === 'plain') {
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) return formatSignificant(value);
    const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(spacing || 1))));
    return value.toFixed(digits).replace(/^-/, '−');
  }
  if (quantity === 'learningRate' && value !== 0 && Math.abs(value) < 0.01) {
    const [mantissa, exponent] = value.toExponential(1).split('e-');
    return `${Number(mantissa)}e−${exponent}`;
  }
  return formatQuantity(value, quantity);
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export function axisTickText(value: number, axis: Axis): string {
  switch (axis) {
    case 'step':
      return Math.abs(value) >= 1e5 ? compact.format(value) : formatCount(value);
    case 'tokens':
      return compact.format(value);
    case 'epoch':
      return String(Number(value.toFixed(2)));
    case 'time':
      return formatDuration(value);
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

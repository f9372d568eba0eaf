import { plainInLine } from '../../files/plainText.ts';
import { metricOf } from '../../metrics/registry.ts';
import { formatMetric, formatSpread, terminalDigits } from '../../view/figures.ts';
import { meanAndDeviation } from '../../view/meanAndDeviation.ts';

/** Four significant digits, no exponent in the usual range: 0.8372, 12.35, 1,234. */
export function real(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return size < 1e-4 ? value.toExponential(2) : value.toPrecision(4);
}

/** A metric's value as tables and lines of the terminal have it: `83.72 %`, `0.3891`. */
export const metricText = (name: string, value: number | undefined): string =>
  value === undefined ? '–' : formatMetric(name, value, terminalDigits);

/** Its mean, with the sample standard deviation where there are at least two values: `83.72 ± 0.41 %`. */
export function meanText(name: string, values: readonly number[]): string {
  if (values.length < 2) return metricText(name, values[0]);
  const { mean, deviation } = meanAndDeviation(values);
  return formatSpread(mean, deviation, metricOf(name).quantity, terminalDigits);
}

/**
 * Columns padded to their widest cell; those of numbers are right-aligned. Ours, because packages that print tables take
 * text as it is, control characters too, and are longer than this.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const [titles = [], ...lines] = [header, ...rows].map((row) => row.map(plainInLine));
  const cells = [titles, ...lines];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const numeric = header.map(
    (_, column) => lines.length > 0 && lines.every((row) => /^([-−\d.,:%±e+\s]*|–|NaN)$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((wide, column) => {
        const cell = row[column] ?? '';
        const padding = ' '.repeat(wide - width(cell));
        return numeric[column] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((wide) => '─'.repeat(wide)).join('──');
  return `${[line(titles), rule, ...lines.map(line)].join('\n')}\n`;
}

const width = (text: string): number => [...text].length;

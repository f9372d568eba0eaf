import { plainInLine } from '../../files/plainText.ts';

/** Four significant digits, no exponent in the usual range: 0.8372, 12.35, 1,234. */
export function real(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return size < 1e-4 ? value.toExponential(2) : value.toPrecision(4);
}

/** Mean, with the sample standard deviation over n − 1 where there are at least two values. */
export function meanAndDeviation(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1 || !Number.isFinite(mean)) return real(mean);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  // As many decimals as the mean has, where it has a fixed number of them.
  const decimals = mean === 0 ? undefined : /^-?[\d,]+(?:\.(\d+))?$/.exec(real(mean));
  const deviation = Math.sqrt(variance);
  return `${real(mean)} ± ${decimals ? deviation.toFixed(decimals[1]?.length ?? 0) : real(deviation)}`;
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
    (_, column) => lines.length > 0 && lines.every((row) => /^([-\d.,:%±e+ ]*|–)$/.test(row[column] ?? '')),
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

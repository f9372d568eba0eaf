import type { SkippedRows } from '../../data/formats/bytes/badRows.ts';
import { plainInLine } from '../../files/plainText.ts';
import { shareText } from '../../problems/shareText.ts';
import { formatCount } from '../../view/figures.ts';

/** How many rows were left out of all, and what is wrong with the first few. */
export function skippedLines(rows: number, { count: skipped, examples }: SkippedRows): string {
  const all = rows + skipped;
  const head = `${formatCount(skipped)} of ${formatCount(all)} rows are bad and were skipped (${shareText(skipped, all)}):`;
  const more = skipped > examples.length ? [`… and ${formatCount(skipped - examples.length)} more`] : [];
  return [head, ...examples.map(plainInLine), ...more].join('\n  ').concat('\n');
}

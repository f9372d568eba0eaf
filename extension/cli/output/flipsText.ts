import type { FlippedRow, RowFlipsView } from '../../contract/rowFlips.ts';
import { pText } from '../../experiments/verdict/scoreText.ts';
import { formatCount } from '../../view/figures.ts';
import { table } from './format.ts';

/** Rows that the terminal lists of each side. */
const mostListed = 20;
/** Characters of a row's text that it shows. */
const textRoom = 90;

/** Row flips as the terminal shows them: counts, then the clearest rows of both sides. */
export function flipsText(flips: RowFlipsView): string {
  const { first, second, title, split, rows, withoutTexts } = flips;
  const counts = table(
    ['rows right with', 'rows'],
    [
      [`${first.name} alone`, formatCount(flips.onlyFirst)],
      [`${second.name} alone`, formatCount(flips.onlySecond)],
      ['both', formatCount(flips.bothRight)],
      ['none', formatCount(flips.bothWrong)],
    ],
  );
  const parts = (['first', 'second'] as const).map((side) => listed(flips, side, rows));
  const about = `${first.name} and ${second.name} on the ${split} rows of ${title} (McNemar's exact ${pText(flips.p)})`;
  return [`${about}\n`, counts, ...parts, ...(withoutTexts ? [`Note: ${withoutTexts}\n`] : [])].join('\n');
}

function listed(flips: RowFlipsView, side: FlippedRow['right'], rows: readonly FlippedRow[]): string {
  const own = rows.filter(({ right }) => right === side);
  if (own.length === 0) return '';
  const shown = own
    .slice(0, mostListed)
    .map(({ row, line, text = '', label = '', firstRight, secondRight }) => [
      line === undefined ? `row ${row}` : `line ${line}`,
      `${firstRight}/${flips.first.runs}`,
      `${secondRight}/${flips.second.runs}`,
      label,
      text.length > textRoom ? `${text.slice(0, textRoom - 1)}…` : text,
    ]);
  const count = side === 'first' ? flips.onlyFirst : flips.onlySecond;
  const held = own.length < count ? `the clearest ${formatCount(own.length)} are in --json` : 'all with --json';
  const more = count > shown.length ? `and ${formatCount(count - shown.length)} more; ${held}\n` : '';
  const { first, second } = flips;
  return `right with ${side === 'first' ? first.name : second.name} alone\n\n${table(['row', first.name, second.name, 'label', 'text'], shown)}${more}`;
}

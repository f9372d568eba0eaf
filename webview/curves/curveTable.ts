import { formatQuantity } from '../../extension/view/figures.ts';
import { csvField, type TextTable } from '../../extension/view/tableText.ts';
import { axisTickText, axisTitles } from './axisText.ts';
import type { CurveCard } from './curves.ts';
import { nearestIndex } from './decimate.ts';
import { drawnLine } from './drawnLine.ts';
import type { Range } from './range.ts';

/** A table is read, not scrolled for minutes: as many rows as tell the curve's story. */
const mostRows = 100;

/** Evenly spaced values of the union of all lines' x in the range. */
function rowPositions(card: CurveCard, range: Range | null): number[] {
  const positions = new Set<number>();
  for (const { members } of card.lines) {
    for (const { x } of members) {
      const stride = Math.max(1, Math.ceil(x.length / mostRows));
      for (let i = 0; i < x.length; i += stride) positions.add(x[i]!);
      positions.add(x[x.length - 1]!);
    }
  }
  const sorted = [...positions].filter((x) => !range || (x >= range.from && x <= range.to)).sort((a, b) => a - b);
  const stride = Math.ceil(sorted.length / mostRows);
  return sorted.filter((_, index) => index % stride === 0 || index === sorted.length - 1);
}

/** A chart as a table: rows of x, columns of lines; a line without a value at that x has an empty cell. */
export function curveTable(card: CurveCard, range: Range | null): TextTable {
  const hasBoth = new Set(card.lines.map((line) => line.kind)).size > 1;
  const sources = card.lines.map((line) => drawnLine(card, line, 0));
  const positions = rowPositions(card, range);
  const spacing = positions.length > 1 ? (positions[positions.length - 1]! - positions[0]!) / positions.length : 0;
  const reach = spacing / 2;
  return {
    columns: [
      { title: axisTitles[card.axis], isNumber: true },
      ...card.lines.map((line) => ({
        title: hasBoth ? `${line.label} (${line.kind === 'evaluation' ? 'eval' : 'train'})` : line.label,
        isNumber: true,
      })),
    ],
    rows: positions.map((at) => [
      { text: axisTickText(at, card.axis, spacing || 1, positions.at(-1)), exact: String(at) },
      ...sources.map(({ x, y }) => {
        const index = nearestIndex(x, at);
        const isThere = index !== -1 && Math.abs(x[index]! - at) <= reach;
        return isThere ? { text: formatQuantity(y[index]!, card.quantity), exact: String(y[index]) } : { text: '' };
      }),
    ]),
  };
}

/** Every point of every line, unthinned: one row a point. Folded seeds give their mean and deviation. */
export function curveCsv(card: CurveCard): string {
  const rows = card.lines.flatMap((line) => {
    const fields = [line.label, line.kind === 'evaluation' ? 'eval' : 'train'].map(csvField).join(',');
    const { x, y, deviation } = drawnLine(card, line, 0);
    const spread = (index: number) => (deviation && !Number.isNaN(deviation[index]) ? deviation[index] : '');
    return Array.from(x, (at, index) => `${fields},${at},${y[index]},${spread(index)}\r\n`);
  });
  return `run,kind,${card.axis},${csvField(card.title)},standard deviation\r\n${rows.join('')}`;
}

import { badRow, quoted } from '../data/dataError.ts';
import type { Example } from '../data/example.ts';
import { type Columns, type Row, textCell } from '../data/row.ts';
import type { Tensor } from '../executor.ts';
import type { LabelNames } from './task.ts';

/** Label of a position that counts in no loss and no metric. */
export const ignoredLabel = -100;

/** A column that the task cannot do without; checks of the config see to it. */
export function requiredColumn(columns: Columns, name: keyof Columns): string {
  const column = columns[name];
  if (column === undefined) throw new RangeError(`the task needs a column for ${name}`);
  return column;
}

/** The text, or the two texts, that a row holds. @throws DataError when one is missing or empty */
export function rowTexts(row: Row, columns: Columns): readonly [text: string, pair: string | undefined] {
  const text = textCell(row, requiredColumn(columns, 'text'));
  return [text, columns.textPair === undefined ? undefined : textCell(row, columns.textPair)];
}

/** @throws DataError naming the labels that training saw */
export function classOf(row: Row, label: string, labels: LabelNames): number {
  const index = labels.indexOf(label);
  if (index >= 0) return index;
  const known = labels.length > 12 ? `${labels.slice(0, 12).join(', ')}, …` : labels.join(', ');
  throw badRow(
    row,
    `the label must be one of those in the training file (${known}), got ${quoted(label)}`,
    'correct it',
  );
}

/** i64[B] or, padded with −100, i64[B,S]. */
export function classTensor(examples: readonly Example[], length: number | undefined): Tensor {
  const width = length ?? 1;
  const data = new BigInt64Array(examples.length * width).fill(BigInt(ignoredLabel));
  for (const [row, { target }] of examples.entries()) {
    for (const [i, value] of target.entries()) data[row * width + i] = BigInt(value);
  }
  return { dtype: 'i64', shape: length === undefined ? [examples.length] : [examples.length, width], data };
}

/** Index of the largest of `count` logits from `offset`. */
export function argmax(logits: Tensor, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (logits.data[offset + i]! > logits.data[offset + best]!) best = i;
  return best;
}

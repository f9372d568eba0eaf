import { ignoredLabel } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Int64Writer } from '../numbers/int64.ts';
import { firstFew } from '../problems/firstFew.ts';
import { showJson } from '../problems/showValue.ts';
import { badRow } from './rows/dataError.ts';
import type { Example } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import { namedLabel } from './rows/labels.ts';
import { type Columns, type Row, textCell } from './rows/row.ts';

/** A column that the task cannot do without; checks of the config see to it. */
export function requiredColumn(columns: Columns, name: Exclude<keyof Columns, 'labelNames' | 'labelCells'>): string {
  const column = columns[name];
  if (column === undefined) throw new RangeError(`the task needs a column for ${name}`);
  return column;
}

/** The text, or the two texts, that a row holds. @throws DataError when one is missing or empty */
export function rowTexts(row: Row, columns: Columns): readonly [text: string, pair: string | undefined] {
  const text = textCell(row, requiredColumn(columns, 'text'));
  return [text, columns.textPair === undefined ? undefined : textCell(row, columns.textPair)];
}

/** The name of a label that is a number from 0 in the file. @throws DataError when it is neither a name nor a number of one */
export function nameOf(row: Row, label: string, columns: Columns): string {
  const { labelNames: names } = columns;
  const as = readingOf(row, columns);
  const name = names === undefined ? label : namedLabel(label, names, as);
  if (name !== undefined) return name;
  const [what, cure] = {
    either: [`one of ${listed(names!)}, or its number from 0`, 'correct it, or data.labels'],
    name: [
      `one of ${listed(names!)} (their numbers from 0 are names too)`,
      'write the names, or leave data.labels out',
    ],
    number: [`a number from 0 to ${names!.length - 1}`, 'correct it, or data.labels'],
  }[as ?? 'either'] as [string, string];
  throw badRow(row, `the label must be ${what}, got ${showJson(label)}`, cure);
}

/** @throws DataError naming the labels that training saw */
export function classOf(row: Row, label: string, labels: LabelNames, columns: Columns): number {
  const { labelNames: names, labelCells } = columns;
  const own = labels.indexOf(label);
  // A run that began with numbers goes on with them.
  const isOwn = own >= 0 && (labelCells === undefined || labels.every((known, i) => known === `${i}`));
  const name = isOwn || names === undefined ? label : namedLabel(label, names, readingOf(row, columns));
  const index = name === undefined ? -1 : labels.indexOf(name);
  if (index >= 0) return index;
  const rule = `the label must be one of those in the training file (${listed(labels)}), got ${showJson(label)}`;
  throw badRow(row, rule, 'correct it');
}

/** Whether a row's label is a name or a number, where it could be either. */
function readingOf(row: Row, { label, labelCells }: Columns): 'name' | 'number' | undefined {
  if (labelCells !== 'typed') return labelCells && 'name';
  const cell = row.cells[label!];
  return typeof (Array.isArray(cell) ? cell[0] : cell) === 'string' ? 'name' : 'number';
}

const listed = (labels: LabelNames): string => firstFew(labels, 12);

/** `labels` i64[B] or, padded with −100, i64[B,S]. */
export function classLabels(examples: readonly Example[], length: number | undefined): { readonly labels: Tensor } {
  const width = length ?? 1;
  const classes = new Int64Writer(examples.length * width, ignoredLabel);
  for (const [row, { target }] of examples.entries()) {
    for (const [i, value] of target.entries()) classes.set(row * width + i, value);
  }
  const shape = length === undefined ? [examples.length] : [examples.length, width];
  return { labels: { dtype: 'i64', shape, data: classes.data } };
}

/** How many tokens of an example have a label. */
export const labelledItems = ({ target }: Pick<Example, 'target'>): number =>
  target.reduce((count, label) => count + (label === ignoredLabel ? 0 : 1), 0);

/** Index of the largest of `count` logits from `offset`. */
export function argmax(logits: Tensor, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (logits.data[offset + i]! > logits.data[offset + best]!) best = i;
  return best;
}

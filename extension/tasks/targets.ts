import { ignoredLabel } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Int64Writer } from '../numbers/int64.ts';
import { showJson } from '../problems/showValue.ts';
import { badRow } from './rows/dataError.ts';
import type { Example } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import { namedLabel } from './rows/labels.ts';
import { type Columns, type Row, textCell } from './rows/row.ts';

/** A column that the task cannot do without; checks of the config see to it. */
export function requiredColumn(columns: Columns, name: Exclude<keyof Columns, 'labelNames'>): string {
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
export function nameOf(row: Row, label: string, { labelNames }: Columns): string {
  const name = labelNames === undefined ? label : namedLabel(label, labelNames);
  if (name !== undefined) return name;
  const rule = `the label must be one of ${listed(labelNames!)}, or its number from 0, got ${showJson(label)}`;
  throw badRow(row, rule, 'correct it, or data.labels');
}

/** @throws DataError naming the labels that training saw */
export function classOf(row: Row, label: string, labels: LabelNames, { labelNames }: Columns): number {
  const own = labels.indexOf(label);
  const index = own >= 0 || labelNames === undefined ? own : labels.indexOf(namedLabel(label, labelNames) ?? label);
  if (index >= 0) return index;
  const rule = `the label must be one of those in the training file (${listed(labels)}), got ${showJson(label)}`;
  throw badRow(row, rule, 'correct it');
}

const listed = (labels: LabelNames): string =>
  labels.length > 12 ? `${labels.slice(0, 12).join(', ')}, …` : labels.join(', ');

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

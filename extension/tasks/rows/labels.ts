import { DataError } from './dataError.ts';

/** Names of the classes in index order; empty for tasks without classes. Stored with the run and reused. */
export type LabelNames = readonly string[];

const integerOrDecimal = /^[+-]?\d+(\.\d+)?$/;

/**
 * The label map of a training file: its distinct labels, sorted by their numbers when all are numbers, else by code
 * unit; a label's class is its place. The result is stored with the run and used for every other file.
 * @throws DataError when there are fewer than two, or more than `mostClasses`.
 */
export function labelMap(file: string, distinct: Iterable<string>): LabelNames {
  const labels = [...new Set(distinct)];
  if (labels.length > mostClasses) {
    const rule = `there may be at most ${mostClasses} classes, got ${labels.length}`;
    throw new DataError({ file }, rule, 'check data.label; for numbers use task: regression');
  }
  if (labels.length < 2) {
    const rule = `there must be at least 2 classes, got ${labels.length === 0 ? 'none' : `only ${labels[0]}`}`;
    throw new DataError({ file }, rule, 'check data.label and data.limit');
  }
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  if (!labels.every((label) => integerOrDecimal.test(label))) return labels.sort(byText);
  return labels.sort((a, b) => Number(a) - Number(b) || byText(a, b));
}

/**
 * The name of a label, or of the label whose number from 0 it is; undefined for any other text.
 * @param as where a number may be either, as with the names 1 … 5: which of the two it is
 */
export function namedLabel(label: string, names: readonly string[], as?: 'name' | 'number'): string | undefined {
  if (as !== 'number' && names.includes(label)) return label;
  return as !== 'name' && /^\d{1,9}$/.test(label) ? names[Number(label)] : undefined;
}

/** Whether a number may be the name of one class and the number from 0 of another, as with the names 1 … 5. */
export const haveOthersNumbers = (names: readonly string[]): boolean =>
  names.some((name, i) => /^(0|[1-9]\d{0,8})$/.test(name) && Number(name) !== i && Number(name) < names.length);

/** Beyond this many, the label column is most likely not one of classes. */
export const mostClasses = 10_000;

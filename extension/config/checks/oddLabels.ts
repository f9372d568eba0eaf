import type { Finding } from '../../problems/finding.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { showValue } from '../../problems/showValue.ts';
import type { ResolvedSplit } from '../resolved/resolve.ts';
import type { LabelFacts } from './environment.ts';

/** A number in decimal notation. */
export const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether there are labels, and none of them is a number. */
export const areWords = (labels: readonly string[]): boolean =>
  labels.length > 0 && !labels.some((label) => number.test(label.trim()));

/** A number however it is written; beyond 2^53 two of them may look the same. */
const numberForm = (label: string): string =>
  number.test(label) && Math.abs(Number(label)) < Number.MAX_SAFE_INTEGER ? `number ${Number(label)}` : label;

/** In which way two labels that differ may be meant as one, the least difference first. */
const sameness: readonly (readonly [name: string, form: (label: string) => string])[] = [
  ['Unicode form', (label) => label.normalize('NFC')],
  ['blanks', (label) => label.normalize('NFC').replace(/\s+/gu, ' ').trim()],
  ['case', (label) => label.normalize('NFC').toLowerCase()],
  ['how the number is written', numberForm],
  ['case, blanks or Unicode form', (label) => label.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')],
];

/** A label and one of the others that is probably the same. */
export function alikeIn(labels: readonly string[], others: readonly string[]): readonly [string, string] | undefined {
  for (const [, form] of sameness) {
    const known = new Map(others.map((other) => [form(other), other]));
    for (const label of labels) {
      const other = known.get(form(label));
      if (other !== undefined && other !== label) return [label, other];
    }
  }
  return undefined;
}

const named = (labels: readonly string[]): string => firstFew(labels, 5, showValue);

/** Words of programs for a missing label; as a class of its own it is most likely a gap. */
const noLabel = /^(-1|-100|nan|null|nat|n\/a|#n\/a|<na>)$/i;

/** What may stand between several labels in one cell, surest first. */
const separators = [';', '|', ','] as const;

/** Labels in brackets that are no list which could be read. */
const bracketed = /^(\[.*[,;|].*\]|\{.*[,;|].*\}|\(.*[,;|].*\))$/s;

/** Classes that look like several labels of one row. Commas stand in names, too: there a part must be in another label. */
function joinedLabels(distinct: readonly string[]): readonly string[] {
  const inBrackets = distinct.filter((label) => bracketed.test(label));
  if (inBrackets.length > 0) return inBrackets;
  for (const separator of separators) {
    const partsOf = (label: string): readonly string[] => label.split(separator).map((part) => part.trim());
    const joined = distinct.filter((label) => label.includes(separator) && partsOf(label).every((part) => part !== ''));
    if (separator !== ',') {
      if (joined.length > 0) return joined;
      continue;
    }
    const uses = new Map<string, number>();
    for (const part of distinct.flatMap((label) => [...new Set(partsOf(label))]))
      uses.set(part, (uses.get(part) ?? 0) + 1);
    const shared = joined.filter((label) => partsOf(label).some((part) => uses.get(part)! > 1));
    if (shared.length > 0) return shared;
  }
  return [];
}

/** Warnings about the labels of the training rows: pairs that are probably one class, gaps, and classes of one row. */
export function oddLabels({ file }: ResolvedSplit, facts: LabelFacts): readonly Finding[] {
  const { distinct, counts = [], complete, rows = 0 } = facts;
  const path = ['data', 'train', 'label'];
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const [difference, form] of sameness) {
    const groups = new Map<string, string[]>();
    for (const label of distinct) groups.set(form(label), [...(groups.get(form(label)) ?? []), label]);
    for (const group of groups.values()) {
      if (group.length < 2 || group.some((label) => told.has(label))) continue;
      for (const label of group) told.add(label);
      const message = `${named(group)} in ${file} are ${group.length} classes that differ only in ${difference}; write them alike if they are one`;
      findings.push({ severity: 'warning', code: 'alike-labels', path, message });
    }
  }
  const gaps = distinct.filter((label) => noLabel.test(label));
  // Classes -1, 0 and 1 are common; beside whole numbers from 0 alone, -1 is a gap.
  const isScale = distinct.some((label) => Number(label) < 0 && !noLabel.test(label)) || distinct.length <= 3;
  const odd = gaps.filter((label) => label !== '-1' || !isScale);
  if (odd.length > 0) {
    const message = `${named(odd)} in ${file} ${odd.length === 1 ? 'is a class, but stands' : 'are classes, but stand'} for a missing label in many data sets; fill it in, or leave those rows out`;
    findings.push({ severity: 'warning', code: 'gaps-as-classes', path, message });
  }
  const joined = joinedLabels(distinct);
  if (joined.length > 0) {
    const what = joined.length === 1 ? 'is one class, but looks' : 'are one class each, but look';
    const message = `${named(joined)} in ${file} ${what} like several labels of a row, which are not supported; keep one label a row`;
    findings.push({ severity: 'information', code: 'joined-labels', path, message });
  }
  const alone = distinct.filter((_, i) => counts[i] === 1);
  // A handful of rows, as in a first trial, has such classes by its size.
  if (complete && alone.length > 0 && rows >= 10) {
    const what = alone.length === 1 ? 'the class' : `${alone.length} of ${distinct.length} classes`;
    const message = `${what} ${named(alone)} in ${file} ${alone.length === 1 ? 'has' : 'have'} one row alone; add rows, or leave it out`;
    findings.push({ severity: 'warning', code: 'lone-labels', path, message });
  }
  return findings;
}

/** Texts or words that are all numbers: most likely an index in place of the text. */
export function oddTexts(split: ResolvedSplit, { rows = 0, numberTexts = 0 }: LabelFacts): readonly Finding[] {
  if (rows < 2 || numberTexts < rows) return [];
  const key = (['tokens', 'text', 'prompt'] as const).find((name) => split[name] !== null) ?? 'text';
  const [one, all] = key === 'tokens' ? ['word', 'words'] : [key, key];
  const message = `every ${one} of ${split.file} is a number; name the column with the ${all}, got ${showValue(split[key])}`;
  return [{ severity: 'warning', code: 'number-texts', path: ['data', 'train', key], message }];
}

import { counted } from '../../problems/counted.ts';
import type { Finding } from '../../problems/finding.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask, tasks } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import type { ConfigDraft, ResolvedSplit } from '../resolved/resolve.ts';
import { specialLabelFindings } from './checkSpecialLabels.ts';
import type { LabelFacts } from './environment.ts';
import { alikeIn, areWords, number, oddLabels, oddTexts } from './oddLabels.ts';

/** From so many on, numbers as labels are more likely measurements than classes. */
const manyClasses = 100;

interface Facts {
  readonly train: LabelFacts | undefined;
  readonly validation: LabelFacts | undefined;
  readonly test: LabelFacts | undefined;
}

/** Findings about the labels of the splits: too few classes, numbers as classes, labels that training does not know. */
export function labelFindings(config: ConfigDraft, { train, validation, test }: Facts): readonly Finding[] {
  const { data } = config;
  const task = findTask(config.task);
  if (train === undefined) return [];
  const textFindings = oddTexts(data.train, train);
  if (task.labels === 'none') return textFindings;
  const path = ['data', 'train', 'label'];
  const labels = train.distinct;
  if (task.labels === 'numbers') {
    if (!areWords(labels)) {
      const judging = [oneNumber('validation', data.validation, validation), oneNumber('test', data.test, test)];
      return [...textFindings, ...judging.flat()];
    }
    const other = alikeTask(task, 'classes')!;
    const message = `must be numbers for ${task.name}, got ${showValue(labels[0])} in ${data.train.file}; use task: ${other}`;
    return [
      {
        severity: 'error',
        code: 'labels-not-numbers',
        path,
        message,
        cures: [{ do: 'set', at: ['task'], text: other, title: `Change the task to ${other}` }],
      },
    ];
  }
  if (train.complete && labels.length < 2) {
    const got = labels.length === 0 ? 'none' : `only ${showValue(labels[0])}`;
    const { key, rows, cure } = partOf(data.train, train);
    const message = `must have at least 2 classes, got ${got} in ${rows}; ${cure}`;
    return [{ severity: 'error', code: 'too-few-classes', path: ['data', 'train', key], message }];
  }
  const others = [
    ['validation', data.validation, validation],
    ['test', data.test, test],
  ] as const;
  return [
    ...textFindings,
    ...numberFindings(config, labels),
    ...oddLabels(data.train, train),
    ...specialLabelFindings(config, train),
    ...others.flatMap(([name, split, facts]) => (split && facts ? otherLabels(config, name, split, facts, train) : [])),
  ];
}

/** Which rows of a file are read, and what to do where they have one class: a sorted file begins with rows of one. */
function partOf({ file, skip, limit }: ResolvedSplit, { rows = 0, skipped }: LabelFacts) {
  const cure = (key: 'limit' | 'skip', verb: string) => `${verb} data.train.${key}, or shuffle the file`;
  const behind = skip > 0 ? ` behind the first ${skip}` : '';
  if (limit !== null && rows + (skipped?.count ?? 0) >= limit) {
    const read = `the ${skip > 0 ? '' : 'first '}${counted(limit, 'row')} of ${file}${behind}`;
    return { key: 'limit', rows: read, cure: cure('limit', 'raise') } as const;
  }
  if (skip > 0) return { key: 'skip', rows: `${file}${behind} rows`, cure: cure('skip', 'lower') } as const;
  return { key: 'label', rows: file, cure: 'name the column with the labels' } as const;
}

/** The task that reads the same columns and takes labels for something else. */
const alikeTask = ({ columns }: Task, labels: Task['labels']): string | undefined =>
  tasks.find((task: Task) => task.labels === labels && sameColumns(task.columns, columns))?.name;

const sameColumns = (a: Task['columns'], b: Task['columns']): boolean =>
  Object.keys(a).join() === Object.keys(b).join();

/** Numbers that are more likely measurements than classes: very many of them, or some with a fraction. */
function numberFindings({ task, data }: ConfigDraft, labels: readonly string[]): readonly Finding[] {
  const other = alikeTask(findTask(task), 'numbers');
  if (other === undefined || !labels.every((label) => number.test(label.trim()))) return [];
  const fraction = labels.find((label) => !Number.isInteger(Number(label)));
  if (labels.length < manyClasses && fraction === undefined) return [];
  const what =
    labels.length >= manyClasses
      ? `${labels.length} or more different numbers in ${data.train.file} are hardly classes`
      : `numbers such as ${fraction} in ${data.train.file} are more likely measurements than classes`;
  return [
    {
      severity: 'warning',
      code: 'numbers-as-classes',
      path: ['data', 'train', 'label'],
      message: `${what}; use task: ${other}`,
      cures: [{ do: 'set', at: ['task'], text: other, title: `Change the task to ${other}` }],
    },
  ];
}

/** Rows of one number, with which nothing correlates. */
function oneNumber(
  name: 'validation' | 'test',
  split: ResolvedSplit | null,
  facts: LabelFacts | undefined,
): readonly Finding[] {
  if (split === null || !facts?.complete || facts.distinct.length !== 1) return [];
  const path = ['data', name, 'label'];
  const message = `all rows of ${split.file} have the number ${facts.distinct[0]}: correlations have no value on them; add rows with others`;
  return [{ severity: 'warning', code: 'one-number', path, message }];
}

/** Labels that only another split has, and a split of one class. */
function otherLabels(
  { data }: ConfigDraft,
  name: 'validation' | 'test',
  split: ResolvedSplit,
  facts: LabelFacts,
  train: LabelFacts,
): readonly Finding[] {
  const path = ['data', name, 'label'];
  const unknown = train.complete ? facts.distinct.filter((label) => !train.distinct.includes(label)) : [];
  if (unknown.length > 0) {
    const skips = data.on_bad_row === 'skip';
    const alike = alikeIn(unknown, train.distinct);
    const cure = alike
      ? `${showValue(alike[0])} is ${showValue(alike[1])} there: write them alike`
      : 'add rows with them to the training data';
    const message =
      `${split.file} has labels that ${data.train.file} lacks (${firstFew(unknown, 5)}); ` +
      `${cure}${skips ? '' : ', or set data.on_bad_row: skip'}`;
    const severity = skips ? 'warning' : 'error';
    return [{ severity, code: 'unknown-labels', path, message }];
  }
  const seen = facts.distinct.filter((_, i) => facts.counts?.[i] !== 0);
  if (!facts.complete || seen.length !== 1 || (facts.rows ?? 1) < 2) return [];
  const message = `all rows of ${split.file} have the label ${showValue(seen[0])}: they judge one class only`;
  return [{ severity: 'warning', code: 'one-class', path, message }];
}

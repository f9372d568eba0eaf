import { crossEntropy } from '../graph/ops.ts';
import { ConfusionMatrix, classMetrics } from '../metrics/classes.ts';
import { entityMetrics } from '../metrics/entities.ts';
import type { MetricValues } from '../metrics/registry.ts';
import { outsideLabel, tagSchemeOf } from '../metrics/tagScheme.ts';
import { badRow } from './rows/dataError.ts';
import type { Example, UnreadWord } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import { type Columns, listCell, type Row } from './rows/row.ts';
import { argmax, classOf, classTensor, ignoredLabel, nameOf, requiredColumn } from './targets.ts';
import type { Task } from './task.ts';

/**
 * One tag for each word; a word's tag stands at its first token, the others are ignored. A word that the model does not
 * read counts as predicted outside of all spans.
 */
export const tokenClassification: Task = {
  name: 'token-classification',
  head: 'token',
  outputs: (labels) => labels.length,
  labelsInput: { dtype: 'i64', shape: ['B', 'S'] },
  loss: crossEntropy,
  judged: (logits) => ({ logits }),
  labelledItems: ({ target }) => target.reduce((count, label) => count + (label === ignoredLabel ? 0 : 1), 0),
  collateLabels: classTensor,
  rowLabels: (row, columns) => taggedWords(row, columns)[1].map((tag) => nameOf(row, tag, columns)),
  encode(row, columns, tokenizer, { labels, maxLength }) {
    const [words, tags] = taggedWords(row, columns);
    const { inputIds, tokenTypeIds, firstTokens, fullLength } = tokenizer.encodeWords(words, maxLength);
    const target = new Array<number>(inputIds.length).fill(ignoredLabel);
    const unread: UnreadWord[] = [];
    for (const [word, token] of firstTokens.entries()) {
      const label = classOf(row, tags[word]!, labels, columns);
      if (token >= 0) target[token] = label;
      else unread.push({ word, label });
    }
    if (target.every((label) => label === ignoredLabel)) {
      throw badRow(row, 'there must be a word that the model reads, got none', 'remove the row');
    }
    return { inputIds, tokenTypeIds, target, fullLength, ...(unread.length > 0 && { unread }) };
  },
  evaluator(labels) {
    const scheme = tagSchemeOf(labels);
    const truth: string[][] = [];
    const predicted: string[][] = [];
    return {
      add(examples, { logits }) {
        const length = logits!.shape[1]!;
        for (const [row, example] of examples.entries()) {
          const { target, unread = [] } = example;
          const places = [...target.keys()].filter((i) => target[i] !== ignoredLabel);
          const tags = places.map((i) => labels[argmax(logits!, (row * length + i) * labels.length, labels.length)]!);
          for (const { word } of unread) tags.splice(word, 0, unreadTag(labels));
          truth.push(tagsOf(example).map((label) => labels[label]!));
          predicted.push(tags);
        }
      },
      metrics: () => (scheme ? entityMetrics(truth, predicted, scheme) : tagMetrics(labels, truth, predicted)),
    };
  },
};

/** The classes of all words of a sentence, those that the model does not read included. */
export function tagsOf({ target, unread = [] }: Pick<Example, 'target' | 'unread'>): readonly number[] {
  const tags = target.filter((label) => label !== ignoredLabel);
  for (const { word, label } of unread) tags.splice(word, 0, label);
  return tags;
}

/** What is predicted for a word that the model does not read: no span. Where there is no such tag, nothing. */
export const unreadTag = (labels: LabelNames): string => outsideLabel(labels) ?? '';

/** Tags that are no spans are judged one by one. */
function tagMetrics(
  labels: LabelNames,
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): MetricValues {
  const matrix = new ConfusionMatrix(labels.length);
  const classes = new Map(labels.map((label, i) => [label, i]));
  for (const [i, sentence] of truth.entries()) {
    for (const [j, tag] of sentence.entries()) matrix.add(classes.get(tag)!, classes.get(predicted[i]![j]!));
  }
  const { accuracy, macro_f1 } = classMetrics(matrix);
  return { accuracy, macro_f1 };
}

/** Words with as many tags. @throws DataError */
function taggedWords(row: Row, columns: Columns): readonly [words: readonly string[], tags: readonly string[]] {
  const words = listCell(row, requiredColumn(columns, 'tokens'));
  const tags = listCell(row, requiredColumn(columns, 'label'));
  if (words.length === 0) throw badRow(row, 'there must be at least one word', 'remove the row');
  if (words.length !== tags.length) {
    const rule = `there must be one tag for each word, got ${words.length} words and ${tags.length} tags`;
    throw badRow(row, rule, 'correct it');
  }
  const gap = tags.findIndex((tag) => tag.trim() === '');
  if (gap >= 0) throw badRow(row, `tag ${gap + 1} of \`${columns.label}\` must not be empty`, 'fill it in');
  return [words, tags];
}

import { crossEntropy } from '../../graph/ops.ts';
import type { MetricValues } from '../../metrics/registry.ts';
import { tagSchemeOf } from '../../metrics/tagScheme.ts';
import { badRow } from '../data/dataError.ts';
import { type Columns, listCell, type Row } from '../data/row.ts';
import { ConfusionMatrix, classMetrics } from '../metrics/classes.ts';
import { entityMetrics } from '../metrics/entities.ts';
import { argmax, classOf, classTensor, ignoredLabel, nameOf, requiredColumn } from './targets.ts';
import type { LabelNames, Task } from './task.ts';

/** One tag for each word; a word's tag stands at its first token, the others are ignored. */
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
    const { inputIds, tokenTypeIds, firstTokens } = tokenizer.encodeWords(words, maxLength);
    const target = new Array<number>(inputIds.length).fill(ignoredLabel);
    for (const [word, token] of firstTokens.entries()) {
      const label = classOf(row, tags[word]!, labels, columns);
      if (token >= 0) target[token] = label;
    }
    if (target.every((label) => label === ignoredLabel)) {
      throw badRow(row, 'there must be a word that the model reads, got none', 'remove the row');
    }
    return { inputIds, tokenTypeIds, target };
  },
  evaluator(labels) {
    const scheme = tagSchemeOf(labels);
    const truth: string[][] = [];
    const predicted: string[][] = [];
    return {
      add(examples, { logits }) {
        const length = logits!.shape[1]!;
        for (const [row, { target }] of examples.entries()) {
          const places = [...target.keys()].filter((i) => target[i] !== ignoredLabel);
          truth.push(places.map((i) => labels[target[i]!]!));
          predicted.push(
            places.map((i) => labels[argmax(logits!, (row * length + i) * labels.length, labels.length)]!),
          );
        }
      },
      metrics: () => (scheme ? entityMetrics(truth, predicted, scheme) : tagMetrics(labels, truth, predicted)),
    };
  },
};

/** Tags that are no spans are judged one by one. */
function tagMetrics(
  labels: LabelNames,
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): MetricValues {
  const matrix = new ConfusionMatrix(labels.length);
  const classes = new Map(labels.map((label, i) => [label, i]));
  for (const [i, sentence] of truth.entries()) {
    for (const [j, tag] of sentence.entries()) matrix.add(classes.get(tag)!, classes.get(predicted[i]![j]!)!);
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
  return [words, tags];
}

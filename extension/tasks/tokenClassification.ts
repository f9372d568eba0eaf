import { crossEntropy, ignoredLabel } from '../graph/ops.ts';
import { ConfusionMatrix } from '../metrics/confusionMatrix.ts';
import { measure, metricOf, metricsOf } from '../metrics/registry.ts';
import { RowOutcomeList } from '../metrics/rowOutcomes.ts';
import { countSpans } from '../metrics/spans.ts';
import { outsideLabel, type TagScheme, tagSchemeOf } from '../metrics/tagScheme.ts';
import { firstFew } from '../problems/firstFew.ts';
import { badRow } from './rows/dataError.ts';
import type { Example, UnreadWord } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import { type Columns, listCell, type Row } from './rows/row.ts';
import { argmax, classLabels, classOf, labelledItems, nameOf, requiredColumn } from './targets.ts';
import type { Task } from './task.ts';

/**
 * One tag for each word; a word's tag stands at its first token, the others are ignored. A word that the model does not
 * read counts as predicted outside of all spans.
 */
export const tokenClassification: Task<'token-classification'> = {
  name: 'token-classification',
  title: 'Token classification',
  summary: 'A label for each word: names, parts of speech.',
  head: 'token',
  columns: { tokens: 'needed', label: 'needed' },
  labels: 'classes',
  options: ['data.labels', 'training.label_smoothing'],
  lengthWindow: 1,
  suits: ({ hasWords, labels }) => (hasWords && labels.length > 0 ? 3 : 0),
  huggingFace: {
    pipeline: 'token-classification',
    peftType: 'TOKEN_CLS',
  },
  outputs: (labels) => labels.length,
  labelsInput: () => ({ dtype: 'i64', shape: ['B', 'S'] }),
  loss: crossEntropy,
  evaluationOutputs: (logits) => ({ logits }),
  labelledItems,
  collateLabels: classLabels,
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
    if (labelledItems({ target }) === 0) {
      throw badRow(row, 'there must be a word that the model reads, got none', 'remove the row');
    }
    return { inputIds, tokenTypeIds, target, fullLength, ...(unread.length > 0 && { unread }) };
  },
  outcome: 'spans',
  special: {
    outcome: 'tags',
    title: 'tags that are no spans',
    code: 'no-spans',
    note: noSpansText,
    isDoubtful: areNumbers,
  },
  evaluator(labels) {
    const scheme = tagSchemeOf(labels);
    const truth: string[][] = [];
    const predicted: string[][] = [];
    const rows = new RowOutcomeList('spans');
    return {
      add(examples, { logits }) {
        const length = logits!.shape[1]!;
        for (const [row, example] of examples.entries()) {
          const { target, unread = [] } = example;
          const places = [...target.keys()].filter((i) => target[i] !== ignoredLabel);
          const tags = places.map((i) => labels[argmax(logits!, (row * length + i) * labels.length, labels.length)]!);
          for (const { word } of unread) tags.splice(word, 0, unreadTag(labels));
          const expected = tagsOf(example).map((label) => labels[label]!);
          truth.push(expected);
          predicted.push(tags);
          rows.add(example.index, countRow(expected, tags, scheme));
        }
      },
      metrics: () =>
        scheme
          ? measure('spans', countSpans(truth, predicted, scheme))
          : measure('tags', countTags(labels, truth, predicted)),
      rows: () => rows.inOrder(),
    };
  },
  answer({ words }, logits, row, { labels }) {
    const length = logits.shape[1]!;
    const at = (token: number) => labels[argmax(logits, (row * length + token) * labels.length, labels.length)]!;
    const unread = unreadTag(labels);
    return {
      tokens: words.map(({ text, token }) =>
        token >= 0 ? { text, label: at(token) } : { text, label: unread, unread: true as const },
      ),
    };
  },
  missed(example, { tokens = [] }, labels) {
    const expected = tagsOf(example).map((label) => labels[label]!);
    return expected.every((label, i) => label === tokens[i]?.label) ? undefined : expected;
  },
};

/** What one sentence adds to the counts of all, in the order of its columns; tags that are no spans spell no entities. */
function countRow(truth: readonly string[], predicted: readonly string[], scheme: TagScheme | undefined): number[] {
  if (scheme === undefined) return [0, 0, 0, truth.length, truth.filter((tag, i) => tag === predicted[i]).length];
  const counts = countSpans([truth], [predicted], scheme);
  return [counts.expected, counts.predicted, counts.hits, counts.tags, counts.rightTags];
}

/** The classes of all words of a sentence, also of words that the model does not read. */
function tagsOf({ target, unread = [] }: Pick<Example, 'target' | 'unread'>): readonly number[] {
  const tags = target.filter((label) => label !== ignoredLabel);
  for (const { word, label } of unread) tags.splice(word, 0, label);
  return tags;
}

/** What is predicted for a word that the model does not read: no span. Where there is no such tag, nothing. */
const unreadTag = (labels: LabelNames): string => outsideLabel(labels) ?? '';

/** Whether labels are numbers that stand for names. */
function areNumbers(labels: LabelNames): boolean {
  return labels.every((label) => /^-?\d+$/.test(label));
}

/** Tells people that tags are no spans, and what follows from it; undefined where they are. */
function noSpansText(labels: LabelNames): string | undefined {
  if (tagSchemeOf(labels) !== undefined) return undefined;
  const shown = firstFew(labels, 5);
  const [what, cure] = areNumbers(labels)
    ? ['are numbers', '; if they stand for spans, name them in their order: data.labels: [O, B-PER, …]']
    : ['mark no spans (no B- and I- before a type)', ''];
  const [usual, given] = [metricsOf('spans'), metricsOf('tags')].map((names) =>
    names.map((name) => metricOf(name).title),
  ) as [string[], string[]];
  return `the tags (${shown}) ${what}: ${given.join(' and ')} take the place of ${usual[0]}, and ${given[0]} is watched${cure}`;
}

/** Tags that are no spans are judged one by one. */
function countTags(
  labels: LabelNames,
  truth: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): ConfusionMatrix {
  const matrix = new ConfusionMatrix(labels.length);
  const classes = new Map(labels.map((label, i) => [label, i]));
  for (const [i, sentence] of truth.entries()) {
    for (const [j, tag] of sentence.entries()) matrix.add(classes.get(tag)!, classes.get(predicted[i]![j]!));
  }
  return matrix;
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

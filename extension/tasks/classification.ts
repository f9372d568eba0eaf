import { crossEntropy } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { ConfusionMatrix } from '../metrics/confusionMatrix.ts';
import { measure } from '../metrics/registry.ts';
import { RowOutcomeList } from '../metrics/rowOutcomes.ts';
import { labelCell } from './rows/row.ts';
import { argmax, classLabels, classOf, nameOf, requiredColumn, rowTexts } from './targets.ts';
import type { Task } from './task.ts';

/** One class for each text or pair of texts. */
export const classification: Task<'classification'> = {
  name: 'classification',
  title: 'Classification',
  summary: 'A class for each text, or pair of texts.',
  head: 'sequence',
  columns: { text: 'needed', text_pair: 'asked', label: 'needed' },
  labels: 'classes',
  options: ['data.labels', 'training.label_smoothing', 'train_pooler'],
  lengthWindow: 8,
  suits: ({ labels }) => (labels.length > 0 ? 1 : 0),
  huggingFace: {
    pipeline: 'text-classification',
    peftType: 'SEQ_CLS',
    problemType: 'single_label_classification',
  },
  outputs: (labels) => labels.length,
  labelsInput: () => ({ dtype: 'i64', shape: ['B'] }),
  loss: crossEntropy,
  evaluationOutputs: (logits) => ({ logits }),
  labelledItems: () => 1,
  collateLabels: (examples) => classLabels(examples, undefined),
  rowLabels(row, columns) {
    rowTexts(row, columns);
    return [nameOf(row, labelCell(row, requiredColumn(columns, 'label')), columns)];
  },
  encode(row, columns, tokenizer, { labels, maxLength }) {
    const [text, pair] = rowTexts(row, columns);
    const label = labelCell(row, requiredColumn(columns, 'label'));
    const { inputIds, tokenTypeIds, fullLength } = tokenizer.encode(text, pair, maxLength);
    return { inputIds, tokenTypeIds, fullLength, target: [classOf(row, label, labels, columns)] };
  },
  outcome: 'classes',
  evaluator(labels) {
    const matrix = new ConfusionMatrix(labels.length);
    const rows = new RowOutcomeList('classes');
    return {
      add(examples, { logits }) {
        for (const [i, { index, target }] of examples.entries()) {
          const predicted = argmax(logits!, i * labels.length, labels.length);
          matrix.add(target[0]!, predicted);
          rows.add(index, [target[0]!, predicted]);
        }
      },
      metrics: () => measure('classes', matrix),
      confusion: () => matrix,
      rows: () => rows.inOrder(),
    };
  },
  answer(_, logits, row, { labels }) {
    const shares = softmax(logits, row * labels.length, labels.length);
    return {
      label: labels[argmax(logits, row * labels.length, labels.length)]!,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, shares[i]!])),
    };
  },
  missed({ target }, { label }, labels) {
    const expected = labels[target[0]!];
    return label === expected ? undefined : expected;
  },
};

/** exp(x − max) / Σ exp(x − max) of `count` logits from `offset`. */
function softmax(logits: Tensor, offset: number, count: number): number[] {
  const values = Array.from({ length: count }, (_, i) => Number(logits.data[offset + i]));
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

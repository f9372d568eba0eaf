import { crossEntropy } from '../graph/ops.ts';
import { ConfusionMatrix } from '../metrics/confusionMatrix.ts';
import { measure } from '../metrics/registry.ts';
import { labelCell } from './rows/row.ts';
import { argmax, classOf, classTensor, nameOf, requiredColumn, rowTexts } from './targets.ts';
import type { Task } from './task.ts';

/** One class for each text or pair of texts. */
export const classification: Task<'classification'> = {
  name: 'classification',
  head: 'sequence',
  outputs: (labels) => labels.length,
  labelsInput: { dtype: 'i64', shape: ['B'] },
  loss: crossEntropy,
  judged: (logits) => ({ logits }),
  labelledItems: () => 1,
  collateLabels: (examples) => classTensor(examples, undefined),
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
    return {
      add(examples, { logits }) {
        for (const [i, { target }] of examples.entries()) {
          matrix.add(target[0]!, argmax(logits!, i * labels.length, labels.length));
        }
      },
      metrics: () => measure('classes', matrix),
      confusion: () => matrix.rows(),
    };
  },
};

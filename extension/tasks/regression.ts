import { multiply, reshape, subtract, sum } from '../graph/ops.ts';
import { measure } from '../metrics/registry.ts';
import { RowOutcomeList } from '../metrics/rowOutcomes.ts';
import { type NumberUnit, writtenUnit } from '../numbers/numberUnit.ts';
import { numberCell } from './rows/row.ts';
import { requiredColumn, rowTexts } from './targets.ts';
import type { Task } from './task.ts';

/** From so many different numbers on, a label is more likely a measurement than a class. */
const manyNumbers = 20;

const isNumberText = (label: string): boolean => label.trim() !== '' && Number.isFinite(Number(label));

const inUnit = ({ mean, deviation }: NumberUnit): Task<'regression'> => ({
  name: 'regression',
  title: 'Regression',
  summary:
    'A number of any size for each text, or pair of texts: learned with mean 0 and deviation 1, told as in the file.',
  head: 'sequence',
  columns: { text: 'needed', text_pair: 'asked', label: 'needed' },
  labels: 'numbers',
  options: ['train_pooler'],
  lengthWindow: 8,
  suits: ({ labels }) => (labels.every(isNumberText) && labels.length > manyNumbers ? 2 : 0),
  huggingFace: {
    pipeline: 'text-classification',
    peftType: 'SEQ_CLS',
    problemType: 'regression',
  },
  outputs: () => 1,
  labelsInput: () => ({ dtype: 'f32', shape: ['B'] }),
  loss(logits, labels) {
    const error = subtract(reshape(logits, ['B']), labels); // f32[B]
    return sum(multiply(error, error), [0]);
  },
  evaluationOutputs: (logits) => ({ logits }),
  labelledItems: () => 1,
  collateLabels: (examples) => ({
    labels: {
      dtype: 'f32',
      shape: [examples.length],
      data: Float32Array.from(examples, ({ target }) => (target[0]! - mean) / deviation),
    },
  }),
  rowLabels(row, columns) {
    rowTexts(row, columns);
    numberCell(row, requiredColumn(columns, 'label'));
    return [];
  },
  encode(row, columns, tokenizer, { maxLength }) {
    const [text, pair] = rowTexts(row, columns);
    const target = [numberCell(row, requiredColumn(columns, 'label'))];
    const { inputIds, tokenTypeIds, fullLength } = tokenizer.encode(text, pair, maxLength);
    return { inputIds, tokenTypeIds, fullLength, target };
  },
  outcome: 'numbers',
  evaluator() {
    const truth: number[] = [];
    const predicted: number[] = [];
    const rows = new RowOutcomeList('numbers');
    return {
      add(examples, { logits }) {
        for (const [i, { index, target }] of examples.entries()) {
          const answer = Number(logits!.data[i]) * deviation + mean;
          truth.push(target[0]!);
          predicted.push(answer);
          rows.add(index, [target[0]!, answer]);
        }
      },
      metrics: () => measure('numbers', { truth, predicted }),
      rows: () => rows.inOrder(),
    };
  },
  answer: (_, logits, row) => ({ label: Number(logits.data[row]) }),
});

/** One number for each text or pair of texts; the loss is the squared error. */
export const regression: Task<'regression'> = { ...inUnit(writtenUnit), learnedIn: inUnit };

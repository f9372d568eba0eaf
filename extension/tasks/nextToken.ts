import { crossEntropy, ignoredLabel } from '../graph/ops.ts';
import { Int64Writer } from '../numbers/int64.ts';
import { badRow } from './rows/dataError.ts';
import type { EncodedRow } from './rows/example.ts';
import type { Row } from './rows/row.ts';
import { argmax, labelledItems } from './targets.ts';
import type { Task } from './task.ts';
import { tokenOutcome } from './tokenOutcome.ts';

/** A row as tokens, and which of them the model is to predict. */
export interface TokenisedRow {
  readonly ids: readonly number[];
  readonly inLoss: readonly boolean[];
  /** Whether the date is a part of it. */
  readonly isDated?: boolean;
}

/**
 * A row for a model that predicts each token from those before it, cut to `maxLength`. The first token has none before
 * it, so it is never predicted.
 * @throws DataError where nothing is left to predict
 */
export function predicted(row: Row, { ids, inLoss, isDated }: TokenisedRow, maxLength: number): EncodedRow {
  const inputIds = ids.slice(0, maxLength);
  const target = inputIds.map((id, i) => (i > 0 && inLoss[i] ? id : ignoredLabel));
  if (labelledItems({ target }) === 0) {
    const isCut = ids.some((_, i) => i > 0 && inLoss[i]);
    const where = isCut ? ` in the first ${maxLength} tokens` : '';
    const cure = isCut ? 'raise data.max_length, remove the row' : 'remove the row';
    throw badRow(row, `there must be a token to predict${where}, got none`, cure);
  }
  const cutTargets = inLoss.slice(maxLength).filter(Boolean).length;
  return {
    ...{ inputIds, tokenTypeIds: inputIds.map(() => 0), target, fullLength: ids.length },
    ...(cutTargets > 0 && { cutTargets }),
    ...(isDated && { isDated }),
  };
}

/** What tasks that predict the next token have in common. */
export const nextToken = {
  head: 'causal-lm',
  labels: 'none',
  options: ['training.label_smoothing'],
  lengthWindow: 8,
  huggingFace: { pipeline: 'text-generation', peftType: 'CAUSAL_LM' },
  outputs: (_, vocabulary) => vocabulary,
  picksRows: true,
  labelsInput: () => ({ dtype: 'i64', shape: ['M'] }),
  loss: crossEntropy,
  ...tokenOutcome,
  collateLabels(examples, length) {
    const count = examples.reduce((sum, example) => sum + labelledItems(example), 0);
    const [rows, labels] = [new Int64Writer(count, 0), new Int64Writer(count, 0)];
    let at = 0;
    for (const [row, { target }] of examples.entries()) {
      for (const [i, label] of target.entries()) {
        if (label === ignoredLabel) continue;
        // The token before predicts it.
        rows.set(at, row * length + i - 1);
        labels.set(at++, label);
      }
    }
    const tensor = ({ data }: Int64Writer) => ({ dtype: 'i64', shape: [count], data }) as const;
    return { rows: tensor(rows), labels: tensor(labels) };
  },
  answer({ encoded }, logits, row, { tokenizer }) {
    const [, length, vocabulary] = logits.shape as [number, number, number];
    const last = row * length + encoded.inputIds.length - 1;
    return { label: tokenizer.token(argmax(logits, last * vocabulary, vocabulary)) ?? '' };
  },
} as const satisfies Partial<Task>;

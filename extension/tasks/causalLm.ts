import { nextToken, predicted } from './nextToken.ts';
import { rowTexts } from './targets.ts';
import type { Task } from './task.ts';

/**
 * Predicting every token of a text from those before it, its end included.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019
 */
export const causalLm: Task<'causal-lm'> = {
  ...nextToken,
  name: 'causal-lm',
  title: 'Language modelling',
  columns: { text: 'needed' },
  // As masked-lm: any text will do.
  suits: () => 0.4,
  rowLabels(row, columns) {
    rowTexts(row, columns);
    return [];
  },
  encode(row, columns, tokenizer, { maxLength }) {
    const [text] = rowTexts(row, columns);
    const { inputIds } = tokenizer.encode(text, undefined, Number.POSITIVE_INFINITY);
    const ids = withEnd(inputIds, tokenizer.eosTokenId);
    return predicted(row, { ids, inLoss: ids.map(() => true) }, maxLength);
  },
};

/** Ids that end with the end of a text, where the tokenizer has such a token and has not put it there. */
const withEnd = (ids: readonly number[], end: number | undefined): readonly number[] =>
  end === undefined || ids.at(-1) === end ? ids : [...ids, end];

import { ignoredLabel } from '../graph/ops.ts';
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
  summary: 'The next word, everywhere in a text: goes on with pretraining a language model on your texts.',
  columns: { text: 'needed' },
  options: [...nextToken.options, 'data.long_texts'],
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
  /** Each piece begins with the last token of the one before it: so every token but the first is predicted once. */
  pieces({ inputIds, tokenTypeIds, target, fullLength }, maxLength) {
    const step = maxLength - 1;
    const count = Math.max(1, Math.ceil((inputIds.length - 1) / step));
    return Array.from({ length: count }, (_, i) => {
      const [start, end] = [i * step, i * step + maxLength];
      return {
        inputIds: inputIds.slice(start, end),
        tokenTypeIds: tokenTypeIds.slice(start, end),
        target: target.slice(start, end).map((label, at) => (at === 0 ? ignoredLabel : label)),
        fullLength,
      };
    });
  },
};

/** Ids that end with the end of a text, where the tokenizer has such a token and has not put it there. */
const withEnd = (ids: readonly number[], end: number | undefined): readonly number[] =>
  end === undefined || ids.at(-1) === end ? ids : [...ids, end];

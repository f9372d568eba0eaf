import { crossEntropy, ignoredLabel } from '../graph/ops.ts';
import { Random } from '../numbers/random.ts';
import { badRow } from './rows/dataError.ts';
import { argmax, classLabels, rowTexts } from './targets.ts';
import type { Task } from './task.ts';
import { tokenOutcome } from './tokenOutcome.ts';

/**
 * Predicting hidden tokens. Of the tokens chosen (15 % unless told otherwise, at least one), 80 % become [MASK], 10 %
 * a random token and 10 % stay.
 * @see BERT, arXiv 1810.04805, section 3.1
 */
export const maskedLm: Task<'masked-lm'> = {
  name: 'masked-lm',
  title: 'Masked language modelling',
  summary: 'Hidden words, from the words around them: goes on with pretraining an encoder on your texts.',
  head: 'masked-lm',
  columns: { text: 'needed', text_pair: 'taken' },
  labels: 'none',
  options: ['training.label_smoothing', 'training.mlm_probability'],
  lengthWindow: 1,
  // Any text will do, and most texts are for something else.
  suits: () => 0.5,
  huggingFace: { pipeline: 'fill-mask', peftType: null },
  outputs: (_, vocabulary) => vocabulary,
  labelsInput: () => ({ dtype: 'i64', shape: ['B', 'S'] }),
  loss: crossEntropy,
  ...tokenOutcome,
  collateLabels: classLabels,
  rowLabels(row, columns) {
    rowTexts(row, columns);
    return [];
  },
  encode(row, columns, tokenizer, { maxLength }) {
    const [text, pair] = rowTexts(row, columns);
    if (tokenizer.maskTokenId === undefined) {
      throw new Error('task: masked-lm needs a tokenizer with a mask token; choose a model that has one');
    }
    const { inputIds, tokenTypeIds, fullLength } = tokenizer.encode(text, pair, maxLength);
    if (inputIds.every((id) => tokenizer.structuralIds.has(id))) {
      throw badRow(row, 'there must be a token to predict, got special ones only', 'remove the row');
    }
    return { inputIds, tokenTypeIds, fullLength, target: [] };
  },
  maskTokens(example, tokenizer, { seed, epoch, probability }) {
    const random = new Random(seed, 'mask', epoch, example.index);
    const target = new Array<number>(example.inputIds.length).fill(ignoredLabel);
    const inputIds = [...example.inputIds];
    const candidates = [...inputIds.keys()].filter((i) => !tokenizer.structuralIds.has(inputIds[i]!));
    const wanted = Math.max(1, Math.round(candidates.length * probability));
    for (let taken = 0; taken < wanted && taken < candidates.length; taken++) {
      const other = taken + random.nextInt(candidates.length - taken);
      const place = candidates[other]!;
      candidates[other] = candidates[taken]!;
      target[place] = inputIds[place]!;
      const fate = random.nextFloat();
      if (fate < 0.8) inputIds[place] = tokenizer.maskTokenId!;
      else if (fate < 0.9) inputIds[place] = random.nextInt(tokenizer.vocabularySize);
    }
    return { ...example, inputIds, target };
  },
  answer({ encoded }, logits, row, { tokenizer, tokenText }) {
    const [, length, vocabulary] = logits.shape as [number, number, number];
    const places = [...encoded.inputIds.keys()].filter((i) => encoded.inputIds[i] === tokenizer.maskTokenId);
    const text = tokenizer.token(tokenizer.maskTokenId ?? -1) ?? '';
    const at = (place: number) => tokenText(argmax(logits, (row * length + place) * vocabulary, vocabulary)).trim();
    return { tokens: places.map((place) => ({ text, label: at(place) })) };
  },
};

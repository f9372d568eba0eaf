import type { Columns } from '../data/row.ts';
import { listCell, type Row, textCell } from '../data/row.ts';
import type { Encoding } from '../data/tokenizer.ts';
import type { Tensor } from '../executor.ts';
import type { Prediction } from '../operations.ts';
import { argmax } from '../tasks/targets.ts';
import type { TunedRun } from './tunedRun.ts';

/** One text to be labelled, as the model reads it. */
export interface Question {
  readonly encoded: Encoding;
  readonly text: string;
  readonly textPair: string | undefined;
  /** Token-classification: each word with the place of its first token, −1 where it was cut off. */
  readonly words: readonly { readonly text: string; readonly token: number }[];
}

/** A text, or two, as typed: words are divided by spaces. */
export function askText(run: TunedRun, text: string, textPair: string | undefined, maxLength: number): Question {
  if (run.task.head === 'token') return askWords(run, text.trim().split(/\s+/), maxLength);
  return { encoded: run.tokenizer.encode(text, textPair, maxLength), text, textPair, words: [] };
}

/** A row of a file; it needs no label. @throws DataError */
export function askRow(run: TunedRun, row: Row, columns: Columns, maxLength: number): Question {
  if (run.task.head === 'token') return askWords(run, listCell(row, columns.tokens ?? 'tokens'), maxLength);
  const pair = columns.textPair === undefined ? undefined : textCell(row, columns.textPair);
  return askText(run, textCell(row, columns.text ?? 'text'), pair, maxLength);
}

function askWords(run: TunedRun, words: readonly string[], maxLength: number): Question {
  const encoded = run.tokenizer.encodeWords(words, maxLength);
  const placed = words.map((text, i) => ({ text, token: encoded.firstTokens[i]! }));
  return { encoded, text: words.join(' '), textPair: undefined, words: placed };
}

/** Answers several questions in one batch. */
export async function answer(run: TunedRun, questions: readonly Question[]): Promise<Prediction[]> {
  return answersOf(run, questions, await run.logits(questions.map(({ encoded }) => encoded)));
}

/** What the logits of a batch of questions say. */
export function answersOf(run: TunedRun, questions: readonly Question[], logits: Tensor): Prediction[] {
  return questions.map((question, row) => {
    const { text, textPair } = question;
    return {
      text,
      ...(textPair === undefined ? {} : { textPair }),
      ...answers[run.tuned.task](run, question, logits, row),
    };
  });
}

type Answer = (run: TunedRun, question: Question, logits: Tensor, row: number) => Omit<Prediction, 'text' | 'textPair'>;

const answers: Readonly<Record<TunedRun['tuned']['task'], Answer>> = {
  classification: ({ tuned: { labels } }, _, logits, row) => {
    const shares = softmax(logits, row * labels.length, labels.length);
    return {
      label: labels[argmax(logits, row * labels.length, labels.length)]!,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, shares[i]!])),
    };
  },
  regression: (_, __, logits, row) => ({ label: Number(logits.data[row]) }),
  'token-classification': ({ tuned: { labels } }, { words }, logits, row) => {
    const length = logits.shape[1]!;
    const at = (token: number) => labels[argmax(logits, (row * length + token) * labels.length, labels.length)]!;
    return { tokens: words.filter(({ token }) => token >= 0).map(({ text, token }) => ({ text, label: at(token) })) };
  },
  'masked-lm': ({ tokenizer }, { encoded }, logits, row) => {
    const [, length, vocabulary] = logits.shape as [number, number, number];
    const places = [...encoded.inputIds.keys()].filter((i) => encoded.inputIds[i] === tokenizer.maskTokenId);
    const at = (place: number) =>
      tokenizer.token(argmax(logits, (row * length + place) * vocabulary, vocabulary)) ?? '';
    return { tokens: places.map((place) => ({ text: '[MASK]', label: at(place) })) };
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

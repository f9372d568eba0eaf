import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import { tokenText } from '../data/rows/rowTokens.ts';
import type { Tensor } from '../graph/tensor.ts';
import { UserError } from '../problems/userError.ts';
import { readsWords } from '../tasks/registry.ts';
import { badRow } from '../tasks/rows/dataError.ts';
import type { Columns } from '../tasks/rows/row.ts';
import { listCell, type Row, textCell } from '../tasks/rows/row.ts';
import type { Answer, Question as TaskQuestion } from '../tasks/task.ts';
import type { LoadedRun, TunedRun } from './tunedRun.ts';

export interface Prediction extends Answer {
  readonly text: string;
  readonly textPair?: string;
  /** Present where the text was too long for `data.max_length`: how many of its tokens the model read. */
  readonly cut?: { readonly read: number; readonly of: number };
}

/** A question, beside the part that the model reads. */
export interface Question extends TaskQuestion {
  readonly text: string;
  readonly textPair: string | undefined;
}

/** A text, or two, as typed: words are divided by spaces. */
export function askText(run: LoadedRun, text: string, textPair: string | undefined, maxLength: number): Question {
  if (readsWords(run.task)) return askWords(run, text.trim().split(/\s+/), maxLength);
  return { encoded: run.tokenizer.encode(text, textPair, maxLength), text, textPair, words: [] };
}

/**
 * A text that somebody typed, asked as the run learned.
 * @throws UserError where it is empty, or one of a pair is missing or too many
 */
export function askTyped(
  run: LoadedRun,
  { data }: Pick<ResolvedConfig, 'data'>,
  text: string,
  textPair: string | undefined,
): Question {
  const isPair = data.train.text_pair !== null;
  const rule = (what: string, cure: string) => new UserError(`${what}; ${cure}`);
  if (text.trim() === '') throw rule('the text must not be empty', 'give one');
  if (isPair && textPair === undefined) {
    throw rule('this run learned from pairs of texts, got one text', 'give the second: predict --text … --text-pair …');
  }
  if (!isPair && textPair !== undefined) {
    throw rule('this run learned from single texts, got a pair', 'leave --text-pair out');
  }
  const question = askText(run, text, textPair, data.max_length);
  const problem = problemOf(run, question);
  if (problem) throw rule(`the text ${problem.rule}`, problem.cure);
  return question;
}

/** A row of a file; it needs no label. @throws DataError */
export function askRow(run: LoadedRun, row: Row, columns: Columns, maxLength: number): Question {
  if (readsWords(run.task)) return askWords(run, listCell(row, columns.tokens ?? 'tokens'), maxLength);
  const pair = columns.textPair === undefined ? undefined : textCell(row, columns.textPair);
  const question = askText(run, textCell(row, columns.text ?? 'text'), pair, maxLength);
  const problem = problemOf(run, question);
  if (problem) throw badRow(row, `the text ${problem.rule}`, problem.cure);
  return question;
}

/** Why nothing can be answered: where tokens are hidden to be predicted, a text must have one that is. */
function problemOf({ task, tokenizer }: LoadedRun, { encoded }: Question) {
  const { maskTokenId } = tokenizer;
  if (!task.maskTokens || maskTokenId === undefined || encoded.inputIds.includes(maskTokenId)) return undefined;
  const mask = tokenizer.token(maskTokenId)!;
  const cut = isCut({ encoded }) ? ` in the ${encoded.inputIds.length} tokens that are read` : '';
  return { rule: `must have the mask token ${mask}, got none${cut}`, cure: `write ${mask} in place of a word` };
}

function askWords(run: LoadedRun, words: readonly string[], maxLength: number): Question {
  const encoded = run.tokenizer.encodeWords(words, maxLength);
  const placed = words.map((text, i) => ({ text, token: encoded.firstTokens[i]! }));
  return { encoded, text: words.join(' '), textPair: undefined, words: placed };
}

/** Answers several questions in one batch; a sentence that is too long for it in windows. */
export async function answer(run: TunedRun, questions: readonly Question[], maxLength: number): Promise<Prediction[]> {
  const found = answersOf(run, questions, await run.logits(questions.map(({ encoded }) => encoded)));
  for (const [i, question] of questions.entries()) {
    if (question.words.length > 0 && isCut(question)) found[i] = await answerInWindows(run, question, maxLength);
  }
  return found;
}

const isCut = ({ encoded }: Pick<Question, 'encoded'>): boolean => encoded.fullLength > encoded.inputIds.length;

/** Half of each window's words stand in the next one too: each word is answered where it is farther from an end. */
async function answerInWindows(run: TunedRun, { text, words }: Question, maxLength: number): Promise<Prediction> {
  const texts = words.map((word) => word.text);
  const windows: { readonly start: number; readonly end: number; readonly question: Question }[] = [];
  for (let start = 0; ; ) {
    const question = askWords(run, texts.slice(start, start + maxLength), maxLength);
    const readWords = question.words.findLastIndex(({ token }) => token >= 0) + 1;
    const end = isCut(question) ? start + Math.max(1, readWords) : start + question.words.length;
    windows.push({ start, end, question });
    if (end >= texts.length) break;
    start += Math.max(1, Math.ceil((end - start) / 2));
  }
  const tokens: { text: string; label: string; unread?: true }[] = [];
  const { atOnce } = run;
  const windowBatch = Math.max(1, Math.min(atOnce.rows, Math.floor(atOnce.tokens / maxLength)));
  for (let first = 0; first < windows.length; first += windowBatch) {
    const batch = windows.slice(first, first + windowBatch);
    const questions = batch.map(({ question }) => question);
    const answers = answersOf(run, questions, await run.logits(questions.map(({ encoded }) => encoded)));
    for (const [i, { start, end }] of batch.entries()) {
      const next = windows[first + i + 1];
      const until = next === undefined ? end : Math.ceil((next.start + end) / 2);
      tokens.push(...answers[i]!.tokens!.slice(tokens.length - start, until - start));
    }
  }
  return { text, tokens };
}

/** The answers in the logits of a batch of questions. */
export function answersOf(run: LoadedRun, questions: readonly Question[], logits: Tensor): Prediction[] {
  const { tuned, tokenizer } = run;
  const context = { labels: tuned.labels, tokenizer, tokenText: (id: number) => tokenText(tokenizer, id) };
  return questions.map((question, row) => {
    const { text, textPair } = question;
    return {
      text,
      ...(textPair === undefined ? {} : { textPair }),
      ...(isCut(question) && { cut: { read: question.encoded.inputIds.length, of: question.encoded.fullLength } }),
      ...run.task.answer(question, logits, row, context),
    };
  });
}

import { nextToken, predicted, type TokenisedRow } from './nextToken.ts';
import { type Columns, type Row, textCell } from './rows/row.ts';
import type { Tokenizer } from './rows/tokenizer.ts';
import { requiredColumn } from './targets.ts';
import type { Task } from './task.ts';

/** Predicting what follows a prompt: the tokens of the completion and its end are in the loss, those of the prompt not. */
export const completion: Task<'completion'> = {
  ...nextToken,
  name: 'completion',
  title: 'Completion of prompts',
  columns: { prompt: 'needed', completion: 'needed' },
  suits: ({ hasCompletions }) => (hasCompletions ? 4 : 0),
  rowLabels(row, columns) {
    promptAndCompletion(row, columns);
    return [];
  },
  encode: (row, columns, tokenizer, { maxLength }) => predicted(row, tokenise(row, columns, tokenizer), maxLength),
};

/** Where the model is to go on, and with what. @throws DataError when one is missing or empty */
const promptAndCompletion = (row: Row, columns: Columns): readonly [prompt: string, completion: string] => [
  textCell(row, requiredColumn(columns, 'prompt')),
  textCell(row, requiredColumn(columns, 'completion')),
];

/**
 * Prompt and completion by themselves, so that no token lies across their border: a space divides them unless one of
 * them has white space there.
 */
function tokenise(row: Row, columns: Columns, tokenizer: Tokenizer): TokenisedRow {
  const [prompt, completion] = promptAndCompletion(row, columns);
  const given = tokenizer.encode(prompt, undefined, Number.POSITIVE_INFINITY).inputIds;
  const isDivided = /\s$/.test(prompt) || /^\s/.test(completion);
  const { eosTokenId } = tokenizer;
  // A tokenizer that ends every text itself: the text goes on here.
  const read = given.at(-1) === eosTokenId ? given.slice(0, -1) : given;
  const written = tokenizer.ids(isDivided ? completion : ` ${completion}`);
  const ids = [...read, ...written, ...(eosTokenId === undefined ? [] : [eosTokenId])];
  return { ids, inLoss: ids.map((_, i) => i >= read.length) };
}

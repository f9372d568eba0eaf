import { tokeniseConversation } from './conversationLoss.ts';
import { nextToken, predicted, type TokenisedRow } from './nextToken.ts';
import type { Message } from './rows/chat.ts';
import { conversationCell } from './rows/conversation.ts';
import { assistant } from './rows/learnedTurn.ts';
import { asTrained, promptIds, promptText, templateOf } from './rows/prompt.ts';
import { type Columns, type Row, textCell } from './rows/row.ts';
import type { Tokenizer } from './rows/tokenizer.ts';
import { requiredColumn } from './targets.ts';
import type { Task } from './task.ts';

/** Predicting what follows a prompt: the tokens of the completion and its end are in the loss, those of the prompt not. */
export const completion: Task<'completion'> = {
  ...nextToken,
  name: 'completion',
  title: 'Completion of prompts',
  summary: 'What follows a prompt: instructions, questions, chats.',
  columns: { prompt: 'needed', input: 'taken', completion: 'needed', messages: 'taken' },
  options: [...nextToken.options, 'data.chat_template'],
  suits: ({ hasCompletions }) => (hasCompletions ? 4 : 0),
  rowLabels(row, columns) {
    if (columns.messages === undefined) promptAndCompletion(row, columns);
    else conversationCell(row, columns.messages);
    return [];
  },
  encode: (row, columns, tokenizer, { maxLength }) => predicted(row, tokenise(row, columns, tokenizer), maxLength),
};

/** Where the model is to go on, and with what. @throws DataError when one is missing or empty */
const promptAndCompletion = (row: Row, columns: Columns): readonly [prompt: string, completion: string] => [
  promptText(row, columns),
  textCell(row, requiredColumn(columns, 'completion')),
];

function tokenise(row: Row, columns: Columns, tokenizer: Tokenizer): TokenisedRow {
  if (columns.messages !== undefined) return tokeniseTurns(row, conversationCell(row, columns.messages), tokenizer);
  const [text, completion] = promptAndCompletion(row, columns);
  const prompt = asTrained(text, columns, tokenizer);
  if (typeof prompt === 'string') return tokenisePlain(row, prompt, completion, tokenizer);
  return tokeniseTurns(row, [...prompt, { role: assistant, content: completion }], tokenizer);
}

const tokeniseTurns = (row: Row, turns: readonly Message[], tokenizer: Tokenizer): TokenisedRow =>
  tokeniseConversation(row, turns, tokenizer, templateOf(row, tokenizer));

/**
 * Prompt and completion by themselves, so that no token lies across their border: a space divides them unless one of
 * them has white space there.
 */
function tokenisePlain(row: Row, prompt: string, completion: string, tokenizer: Tokenizer): TokenisedRow {
  const read = promptIds(row, prompt, tokenizer);
  const isDivided = /\s$/.test(prompt) || /^\s/.test(completion);
  const { eosTokenId } = tokenizer;
  const written = idsInside(isDivided ? completion : ` ${completion}`, tokenizer);
  const ids = [...read, ...written, ...(eosTokenId === undefined ? [] : [eosTokenId])];
  return { ids, inLoss: ids.map((_, i) => i >= read.length) };
}

/** The tokens of a text behind another one: without the space that some tokenizers put before what begins a text. */
function idsInside(text: string, tokenizer: Pick<Tokenizer, 'ids'>): readonly number[] {
  const [before, both] = [tokenizer.ids('\n'), tokenizer.ids(`\n${text}`)];
  return before.every((id, i) => id === both[i]) ? both.slice(before.length) : tokenizer.ids(text);
}

import { tokeniseConversation } from './conversationLoss.ts';
import { nextToken, predicted, type TokenisedRow } from './nextToken.ts';
import type { Message } from './rows/chat.ts';
import { conversationCell } from './rows/conversation.ts';
import { DataError } from './rows/dataError.ts';
import { type Columns, optionalTextCell, type Row, textCell } from './rows/row.ts';
import type { Tokenizer } from './rows/tokenizer.ts';
import { requiredColumn } from './targets.ts';
import type { Task } from './task.ts';

/** Predicting what follows a prompt: the tokens of the completion and its end are in the loss, those of the prompt not. */
export const completion: Task<'completion'> = {
  ...nextToken,
  name: 'completion',
  title: 'Completion of prompts',
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
function promptAndCompletion(row: Row, columns: Columns): readonly [prompt: string, completion: string] {
  const prompt = textCell(row, requiredColumn(columns, 'prompt'));
  const input = columns.input === undefined ? '' : optionalTextCell(row, columns.input);
  const whole = input.trim() === '' ? prompt : `${prompt}\n\n${input}`;
  return [whole, textCell(row, requiredColumn(columns, 'completion'))];
}

function tokenise(row: Row, columns: Columns, tokenizer: Tokenizer): TokenisedRow {
  const { chatTemplate: template } = tokenizer;
  const { messages, turns } = columns;
  if (messages === undefined && (turns === undefined || (turns === 'possible' && !template))) {
    return tokenisePlain(promptAndCompletion(row, columns), tokenizer);
  }
  if (template === undefined) {
    throw new DataError(
      { file: row.file },
      'conversations need a model with a chat template, got one without',
      'choose a model that was tuned to answer, or name columns for prompt and completion',
    );
  }
  return tokeniseConversation(row, conversationOf(row, columns), tokenizer, template);
}

function conversationOf(row: Row, columns: Columns): readonly Message[] {
  if (columns.messages !== undefined) return conversationCell(row, columns.messages);
  const [prompt, completion] = promptAndCompletion(row, columns);
  return [
    { role: 'user', content: prompt },
    { role: 'assistant', content: completion },
  ];
}

/**
 * Prompt and completion by themselves, so that no token lies across their border: a space divides them unless one of
 * them has white space there.
 */
function tokenisePlain([prompt, completion]: readonly [string, string], tokenizer: Tokenizer): TokenisedRow {
  const given = tokenizer.encode(prompt, undefined, Number.POSITIVE_INFINITY).inputIds;
  const isDivided = /\s$/.test(prompt) || /^\s/.test(completion);
  const { eosTokenId } = tokenizer;
  // A tokenizer that ends every text itself: the text goes on here.
  const read = given.at(-1) === eosTokenId ? given.slice(0, -1) : given;
  const written = tokenizer.ids(isDivided ? completion : ` ${completion}`);
  const ids = [...read, ...written, ...(eosTokenId === undefined ? [] : [eosTokenId])];
  return { ids, inLoss: ids.map((_, i) => i >= read.length) };
}

import type { ChatTemplate, Message, Rendering } from './chat.ts';
import { conversationCell } from './conversation.ts';
import { badRow, DataError, type DataPlace } from './dataError.ts';
import { assistant, isLearned, nothingToLearn } from './learnedTurn.ts';
import { type Columns, optionalTextCell, type Row, textCell } from './row.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What a model is to go on with: a text as it stands, or a conversation that its chat template writes. */
export type Prompt = string | readonly Message[];

/**
 * A prompt as rows with these columns are read in training: a text becomes the question of a conversation, or one
 * question a text.
 * @throws DataError for a longer conversation where prompts are read as they stand
 */
export function asTrained(prompt: Prompt, columns: Columns, { chatTemplate }: Pick<Tokenizer, 'chatTemplate'>): Prompt {
  const { messages, turns } = columns;
  const isTurns = messages !== undefined || turns === 'always' || (turns === 'possible' && chatTemplate !== undefined);
  if (typeof prompt === 'string') return isTurns ? [{ role: 'user', content: prompt }] : prompt;
  if (isTurns || columns.prompt === undefined) return prompt;
  const [first, ...others] = prompt;
  if (first?.role === 'user' && typeof first.content === 'string' && others.length === 0) return first.content;
  const rule = `a model trained on prompts as they stand needs one question of a user, got ${prompt.length} turns`;
  throw new DataError({ file: 'messages' }, rule, 'write all of it as one prompt');
}

/** What a row asks; an answer at its end is left out. @throws DataError */
export function rowPrompt(row: Row, columns: Columns, tokenizer: Pick<Tokenizer, 'chatTemplate'>): Prompt {
  if (columns.messages === undefined) return asTrained(promptText(row, columns), columns, tokenizer);
  const turns = conversationCell(row, columns.messages);
  if (turns.at(-1)!.role !== assistant) return turns;
  if (turns.length > 1) return turns.slice(0, -1);
  throw badRow(row, 'a conversation must begin with something to answer, got an answer alone', 'remove the row');
}

/** What a row asks, and what is right to answer: its completion, or the last turn of the assistant that is learned. @throws DataError */
export function rowQuestion(
  row: Row,
  columns: Columns,
  tokenizer: Pick<Tokenizer, 'chatTemplate'>,
): { readonly prompt: Prompt; readonly answer: string } {
  if (columns.messages === undefined) {
    return { prompt: rowPrompt(row, columns, tokenizer), answer: textCell(row, columns.completion ?? 'completion') };
  }
  const turns = conversationCell(row, columns.messages);
  const last = turns.findLastIndex((turn, i) => isLearned(row, turn, i));
  if (last < 0 && turns.some(({ role }) => role === assistant)) throw nothingToLearn(row, turns);
  const answer = turns[last]?.content;
  if (last > 0 && typeof answer === 'string') return { prompt: turns.slice(0, last), answer };
  throw badRow(row, `a conversation must have a question and an answer of the ${assistant} in text`, 'remove the row');
}

/** The text of a row's prompt, with what a second column adds to it. @throws DataError */
export function promptText(row: Row, columns: Columns): string {
  const prompt = textCell(row, columns.prompt ?? 'prompt');
  const input = columns.input === undefined ? '' : optionalTextCell(row, columns.input);
  return input.trim() === '' ? prompt : `${prompt}\n\n${input}`;
}

/**
 * The tokens of a prompt, behind which the model goes on: those that training puts before what it learns. Of a text,
 * the token is left out that a tokenizer ends every text with.
 * @throws DataError for a conversation that the model has no template for, or whose template refuses it
 */
export function promptIds(
  place: DataPlace,
  prompt: Prompt,
  tokenizer: Pick<Tokenizer, 'ids' | 'encode' | 'eosTokenId' | 'chatTemplate'>,
): readonly number[] {
  if (typeof prompt !== 'string') {
    return tokenizer.ids(rendered(place, templateOf(place, tokenizer), prompt, true).text);
  }
  const { eosTokenId } = tokenizer;
  const ids = tokenizer.encode(prompt, undefined, Number.POSITIVE_INFINITY).inputIds;
  const isClosed = ids.at(-1) === eosTokenId && tokenizer.ids(prompt).at(-1) !== eosTokenId;
  return isClosed ? ids.slice(0, -1) : ids;
}

/** What writes a model's conversations. @throws DataError where it says nothing of them */
export function templateOf({ file }: DataPlace, { chatTemplate }: Pick<Tokenizer, 'chatTemplate'>): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new DataError(
    { file },
    'conversations need a model with a chat template, got one without',
    'choose a model that was tuned to answer, or write prompts as plain text',
  );
}

/** A conversation as its template writes it. @throws DataError where it refuses */
export function rendered(
  place: DataPlace,
  template: ChatTemplate,
  messages: readonly Message[],
  isOpen: boolean,
): Rendering {
  try {
    return template.render(messages, isOpen);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const rule = `the chat template must allow the conversation, got its refusal (${(error as Error).message})`;
    const cure = 'change the conversation';
    throw place.line === undefined ? new DataError(place, rule, cure) : badRow(place, rule, cure);
  }
}

import * as z from 'zod';
import { readJson } from '../../checkpoint/modelConfig.ts';
import type { TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import { showJson } from '../../problems/showValue.ts';
import { UserError } from '../../problems/userError.ts';
import type { Message } from '../../tasks/rows/chat.ts';

/** What is to be written on: a text as it is, or a conversation that a model's chat template turns into one. */
export type Prompt = string | readonly Message[];

/**
 * A prompt as the text and the tokens that the model reads. Of a text that goes on, the token is left out that a
 * tokenizer ends every text with.
 * @throws UserError for a conversation that the model has no template for, or whose template refuses it
 */
export function readPrompt(
  tokenizer: TextTokenizer,
  prompt: Prompt,
): { readonly text: string; readonly ids: readonly number[] } {
  if (typeof prompt !== 'string') {
    const text = rendered(tokenizer, prompt);
    return { text, ids: tokenizer.ids(text) };
  }
  const { eosTokenId } = tokenizer;
  const ids = tokenizer.encode(prompt, undefined, Number.POSITIVE_INFINITY).inputIds;
  const isClosed = ids.at(-1) === eosTokenId && tokenizer.ids(prompt).at(-1) !== eosTokenId;
  return { text: prompt, ids: isClosed ? ids.slice(0, -1) : ids };
}

function rendered({ chatTemplate }: TextTokenizer, messages: readonly Message[]): string {
  if (!chatTemplate) {
    throw new UserError('messages: need a model with a chat template, got one without; give a plain text instead');
  }
  try {
    return chatTemplate.render(messages, true).text;
  } catch (error) {
    throw new UserError(`messages: must suit the model's chat template, got ${(error as Error).message}`);
  }
}

const messagesSchema = z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })).min(1);

/** Messages, where a value is a list of them: `[{"role": "user", "content": "…"}]`. */
export const messagesIn = (value: unknown): readonly Message[] | undefined => messagesSchema.safeParse(value).data;

/** Reads a file of JSON with messages, or with an object that has them under `messages`. @throws UserError */
export async function readMessages(file: string): Promise<readonly Message[]> {
  const value = await readJson(file, 'name a file of JSON');
  const list = (value as { readonly messages?: unknown } | null)?.messages ?? value;
  const messages = messagesIn(list);
  if (messages) return messages;
  throw new UserError(
    `${file}: must be a list of messages, got ${showJson(list)}; write it like [{"role": "user", "content": "Hello"}]`,
  );
}

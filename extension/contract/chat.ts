import * as z from 'zod';
import { promptForms, writerFacts, writtenFacts } from './serve.ts';
import { writingSettings } from './writing.ts';

/** A model in a chat. */
const chatWriter = z.object({
  id: z.string(),
  title: z.string(),
  /** What it is: the base model's name, or that it is tuned. */
  detail: z.string(),
  state: z.enum(['opening', 'ready', 'failed']),
  facts: writerFacts.nullable(),
  problem: z.string().nullable(),
});
export type ChatWriter = z.infer<typeof chatWriter>;

const chatAnswer = z.object({
  state: z.enum(['waiting', 'writing', 'done', 'failed']),
  text: z.string(),
  /** The prompt as the model read it, token by token. */
  read: z.array(z.string()).readonly(),
  written: writtenFacts.nullable(),
  problem: z.string().nullable(),
});
export type ChatAnswer = z.infer<typeof chatAnswer>;

const chatTurn = z.object({
  prompt: z.string(),
  /** By the id of their writer. */
  answers: z.record(z.string(), chatAnswer),
});
export type ChatTurn = z.infer<typeof chatTurn>;

/** What was asked of models beside each other, and what they answered. */
const chat = z.object({
  writers: z.array(chatWriter).readonly(),
  /** Those that are asked no longer, but have answered. */
  gone: z.array(chatWriter).readonly(),
  turns: z.array(chatTurn).readonly(),
  /** Whether base models are asked too. */
  hasBase: z.boolean(),
});
export type Chat = z.infer<typeof chat>;

/** What happens in a chat. All of writing is about the last turn. */
export const chatEvent = z.discriminatedUnion('type', [
  /** All of it, for a page that begins. */
  z.object({ type: z.literal('chat'), chat }),
  z.object({ type: z.literal('base'), isOn: z.boolean() }),
  z.object({ type: z.literal('writer'), writer: chatWriter }),
  z.object({ type: z.literal('writerGone'), writer: z.string() }),
  z.object({ type: z.literal('asked'), prompt: z.string(), writers: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('read'), writer: z.string(), tokens: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('piece'), writer: z.string(), text: z.string() }),
  z.object({ type: z.literal('written'), writer: z.string(), written: writtenFacts }),
  z.object({ type: z.literal('failed'), writer: z.string(), problem: z.string() }),
  z.object({ type: z.literal('cleared') }),
]);
export type ChatEvent = z.infer<typeof chatEvent>;

/** What the chat's page tells the host. */
export const chatPageMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('ask'),
    prompt: z.string(),
    settings: writingSettings,
    /** Null: as each model was trained. */
    form: z.enum(promptForms).nullable(),
  }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('clear') }),
  z.object({ type: z.literal('base'), isOn: z.boolean() }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** The page met an error of its own; the host logs it. */
  z.object({ type: z.literal('error'), message: z.string() }),
]);
export type ChatPageMessage = z.infer<typeof chatPageMessage>;

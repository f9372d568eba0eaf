import * as z from 'zod';
import { endReasons, writingSettings } from './writing.ts';

/** A model that writes: a run's, or its base without what was tuned. */
const servedWriter = z.object({ kind: z.enum(['run', 'base']), run: z.string() });
export type ServedWriter = z.infer<typeof servedWriter>;

const turn = z.object({ role: z.enum(['user', 'assistant']), content: z.string() });

/** A text as it stands, or a conversation that the model's chat template writes. */
const servedPrompt = z.union([z.string(), z.array(turn).min(1).readonly()]);
export type ServedPrompt = z.infer<typeof servedPrompt>;

/** One line of stdin of `serve`. */
export const serveQuestion = z.union([
  /** Ends the text that is written in answer to this question, after its next token. */
  z.object({ stop: z.int() }),
  z.object({ id: z.int(), open: servedWriter }),
  z.object({ id: z.int(), write: servedWriter, prompt: servedPrompt, settings: writingSettings }),
  z.object({ id: z.int(), run: z.string(), text: z.string(), textPair: z.string().optional() }),
]);
export type ServeQuestion = z.infer<typeof serveQuestion>;

export const promptForms = ['conversation', 'text'] as const;
export type PromptForm = (typeof promptForms)[number];

/** What is known of a writer once it is open. */
export const writerFacts = z.object({
  /** How it can be asked, the way of its training first. */
  forms: z.array(z.enum(promptForms)).min(1).readonly(),
  /** Prompts of its validation rows, or training rows where there are none. */
  examples: z.array(z.string()).readonly(),
});
export type WriterFacts = z.infer<typeof writerFacts>;

/** A text that was written, but for the text, which came in pieces. */
export const writtenFacts = z.object({
  tokens: z.int(),
  promptTokens: z.int(),
  reason: z.enum(endReasons),
  seconds: z.number(),
  /** The training step of the tuned weights that wrote it, where it is known. */
  step: z.int().optional(),
});
export type WrittenFacts = z.infer<typeof writtenFacts>;

const prediction = z.object({
  text: z.string(),
  label: z.union([z.string(), z.number()]).optional(),
  probabilities: z.record(z.string(), z.number()).optional(),
  tokens: z
    .array(z.object({ text: z.string(), label: z.string(), unread: z.literal(true).optional() }))
    .readonly()
    .optional(),
  /** Of a text that is longer than the model reads: how many of its tokens were read. */
  cut: z.object({ read: z.int(), of: z.int() }).optional(),
});
/** A tuned model's answer to a text. */
export type ModelAnswer = z.infer<typeof prediction>;

/** One line of stdout of `serve`. A text comes as `read`, any number of `piece`, and `written`. */
export const serveAnswer = z.union([
  z.object({ id: z.int(), prediction }),
  z.object({ id: z.int(), opened: writerFacts }),
  /** The prompt as the model reads it, token by token. */
  z.object({ id: z.int(), read: z.array(z.string()).readonly() }),
  z.object({ id: z.int(), piece: z.string() }),
  z.object({ id: z.int(), written: writtenFacts }),
  z.object({ id: z.int().nullable(), error: z.string() }),
]);
export type ServeAnswer = z.infer<typeof serveAnswer>;

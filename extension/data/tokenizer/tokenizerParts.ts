import type * as z from 'zod';
import { issueText } from '../../problems/issueText.ts';

/** A part of `tokenizer.json`: normalizer, pre-tokenizer, post-processor. */
export type Component = Readonly<Record<string, unknown>> & { readonly type: string };

/** Real files nest one or two. */
export const deepestSequence = 4;

/** @throws Error naming what is wrong in the part */
export function partOf<T>(part: string, schema: z.ZodType<T>, config: Component): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new Error(`${part} ${config.type}: ${issueText(parsed.error.issues[0]!, config, 'it')}`);
}

/** The error of a part whose `type` is not one of the known ones. */
export const unknownPart = (part: string, type: string, known: readonly string[]): Error =>
  new Error(
    `${part}: must be one that is known to give the same ids as in Python (${known.join(', ')}), got ${type.slice(0, 60)}`,
  );

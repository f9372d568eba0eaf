import type * as z from 'zod';
import { issueText } from '../../problems/issueText.ts';

/** A part of `tokenizer.json`: normalizer, pre-tokenizer, post-processor. */
export type Component = Readonly<Record<string, unknown>> & { readonly type: string };

/** Real files nest one or two. */
const deepestSequence = 4;

/** How a part of each known type is made; `depth` counts the sequences around it. */
export type PartRules<T> = Readonly<Record<string, (config: Component, depth: number) => T>>;

/** A part by the rule of its type. @throws Error for one of a type that has none, or in too many sequences */
export function buildPart<T>(part: string, rules: PartRules<T>, config: Component, depth: number): T {
  if (depth > deepestSequence) throw new Error(`${part}: may nest ${deepestSequence} sequences, got more`);
  const rule = Object.hasOwn(rules, config.type) ? rules[config.type] : undefined;
  if (!rule) throw unknownPart(part, config.type, Object.keys(rules));
  return rule(config, depth);
}

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

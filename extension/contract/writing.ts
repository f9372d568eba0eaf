import * as z from 'zod';
import type { NumberRange } from '../problems/numberIn.ts';

/** A number that decides how texts are written. */
interface WritingNumber extends NumberRange {
  readonly title: string;
  /** For it in the description. */
  readonly symbol: string;
  readonly description: string;
  readonly initial: number;
  /** From one value to the next, where it is changed by arrow keys. */
  readonly step: number;
}

/** How texts are written, for command line and chat alike. */
export const writingNumbers = {
  maxTokens: {
    ...{ title: 'Most tokens', symbol: 'n', initial: 128, from: 1, isWhole: true, step: 1 },
    description: 'most tokens of a text',
  },
  temperature: {
    ...{ title: 'Temperature', symbol: 't', initial: 0, from: 0, step: 0.1 },
    description: 'draw tokens by their probability, flattened by t; 0: take the likeliest',
  },
  topK: {
    ...{ title: 'Top k', symbol: 'k', initial: 0, from: 0, isWhole: true, step: 1 },
    description: 'draw from the k likeliest tokens; 0: from all',
  },
  topP: {
    ...{ title: 'Top p', symbol: 'p', initial: 1, above: 0, to: 1, step: 0.05 },
    description: 'draw from the likeliest tokens that together have this probability',
  },
  repetitionPenalty: {
    ...{ title: 'Repetition penalty', symbol: 'r', initial: 1, above: 0, step: 0.1 },
    description: 'above 1: repeated tokens become less likely',
  },
  seed: {
    ...{ title: 'Seed', symbol: 'n', initial: 0, from: 0, isWhole: true, step: 1 },
    description: 'seed of the drawn tokens',
  },
} as const satisfies Readonly<Record<string, WritingNumber>>;

export type WritingName = keyof typeof writingNumbers;
export const writingNames = Object.keys(writingNumbers) as readonly WritingName[];
export type WritingSettings = Readonly<Record<WritingName, number>>;

const numberSchema = ({ from, above, to, isWhole }: NumberRange): z.ZodNumber => {
  let schema = isWhole ? z.int() : z.number();
  if (from !== undefined) schema = schema.min(from);
  if (above !== undefined) schema = schema.gt(above);
  return to === undefined ? schema : schema.max(to);
};

export const writingSettings = z.object(
  Object.fromEntries(writingNames.map((name) => [name, numberSchema(writingNumbers[name])])) as Record<
    WritingName,
    z.ZodNumber
  >,
);

/** Why a text ends: the model ended it, a stop string came, it has as many tokens as it may, or somebody stopped it. */
export const endReasons = ['end', 'stop', 'length', 'stopped'] as const;
export type EndReason = (typeof endReasons)[number];

import { expect, it } from 'vitest';
import * as z from 'zod';
import { issueText } from '../../extension/problems/issueText.ts';

const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('A'), size: z.int().min(1).max(9) }),
  z.object({ type: z.literal('B'), words: z.array(z.string()).min(1) }),
]);
const file = z.strictObject({
  part: part.optional(),
  name: z.string().min(1).optional(),
  side: z.enum(['left', 'right']).optional(),
  dropout: z.number().gt(0).lt(1).optional(),
  token: z.union([z.string(), z.object({ content: z.string() })]).optional(),
  shape: z
    .array(z.number())
    .refine((list) => list.length === 2, 'must have two sides')
    .optional(),
});

it.each<readonly [unknown, string]>([
  [3, 'the file: must be an object, got 3'],
  [{ part: { type: 'C' } }, 'part.type: must be one that is known, got "C"'],
  [{ part: { type: 'A' } }, 'part.size: must be a number, got nothing'],
  [{ part: { type: 'A', size: 2.5 } }, 'part.size: must be a whole number, got 2.5'],
  [{ part: { type: 'A', size: 0 } }, 'part.size: must be at least 1, got 0'],
  [{ part: { type: 'A', size: 10 } }, 'part.size: must be at most 9, got 10'],
  [{ part: { type: 'B', words: [] } }, 'part.words: must have at least 1 item, got []'],
  [{ part: { type: 'B', words: ['a', null] } }, 'part.words.1: must be text, got null'],
  [{ name: '' }, 'name: must have at least 1 character, got ""'],
  [{ side: 'top' }, 'side: must be one of left, right, got "top"'],
  [{ dropout: 1 }, 'dropout: must be less than 1, got 1'],
  [{ dropout: 0 }, 'dropout: must be more than 0, got 0'],
  [{ token: 3 }, 'token: must be text or an object, got 3'],
  [{ token: { content: 3 } }, 'token.content: must be text, got 3'],
  [{ shape: [1] }, 'shape: must have two sides, got [1]'],
  [{ nmae: 1, sied: 2 }, 'the file: unknown keys "nmae", "sied"'],
])('says what is wrong with %j in our words', (value, text) => {
  expect(issueText(file.safeParse(value).error!.issues[0]!, value)).toBe(text);
});

import * as z from 'zod';

/** A row that one side has right and the other wrong. */
const flippedRow = z.object({
  /** Its number among the usable rows of the file, from 0. */
  row: z.number().int(),
  /** Which side has it right. */
  right: z.enum(['first', 'second']),
  /** Runs of each side that have it right. */
  firstRight: z.number().int(),
  secondRight: z.number().int(),
  /** Line of the file, and what stands there; absent where the file is another one now. */
  line: z.number().int().optional(),
  text: z.string().optional(),
  label: z.string().optional(),
});
export type FlippedRow = z.infer<typeof flippedRow>;

const side = z.object({ name: z.string(), runs: z.number().int() });

/** Two arms or runs side by side, row by row: an arm has a row right when more than half of its runs have. */
export const rowFlipsView = z.object({
  title: z.string(),
  split: z.enum(['test', 'validation']),
  first: side,
  second: side,
  onlyFirst: z.number().int(),
  onlySecond: z.number().int(),
  bothRight: z.number().int(),
  bothWrong: z.number().int(),
  /** McNemar's exact p, two-sided. */
  p: z.number(),
  /** The clearest ones first, of each side a few hundred at most. */
  rows: z.array(flippedRow),
  /** Why the rows have no texts. */
  withoutTexts: z.string().optional(),
});
export type RowFlipsView = z.infer<typeof rowFlipsView>;

/** More rows of one side than this are counted only. */
export const mostFlippedRows = 200;

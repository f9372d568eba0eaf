import * as z from 'zod';

/** Which rows were judged. */
const judgedSplit = z.enum(['test', 'validation']);
export type JudgedSplit = z.infer<typeof judgedSplit>;

/**
 * `outcomes-test.json`, `outcomes-validation.json`: what the weights that a run keeps did on each row, so that runs can be
 * compared row by row. The metrics of that evaluation can be computed again from it.
 */
export const rowOutcomesFile = z.object({
  version: z.literal(1),
  split: judgedSplit,
  /** Step of the weights. */
  step: z.number().int(),
  /** How rows are judged: `classes`, `numbers` or `spans`; decides the columns. */
  kind: z.string(),
  /** Name → one number for each row, in the order of the file's usable rows. */
  columns: z.record(z.string(), z.array(z.number())),
});
export type RowOutcomesFile = z.infer<typeof rowOutcomesFile>;

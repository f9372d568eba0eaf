import * as z from 'zod';

/** Where training stands between two steps: with the tuned tensors and moments, all that going on needs. */
export const loopState = z.object({
  /** Optimizer steps done. */
  step: z.number().int().nonnegative(),
  /** Epoch under way, from 0, and how many of its batches are done. */
  epoch: z.number().int().nonnegative(),
  batchesDone: z.number().int().nonnegative(),
  /** Real tokens seen. */
  tokens: z.number(),
  /** Seconds spent training and evaluating. */
  elapsedSeconds: z.number(),
  /** Best value of the watched metric so far, and the step that reached it. */
  best: z.object({ name: z.string(), value: z.number(), step: z.number().int() }).nullable(),
  /** Evaluations in a row without a better value. */
  staleEvaluations: z.number().int().nonnegative(),
  /** Step of the last evaluation, so that a resumed run does not repeat it. */
  evaluatedStep: z.number().int().nonnegative(),
});
export type LoopState = z.infer<typeof loopState>;

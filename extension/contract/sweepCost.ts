import * as z from 'zod';

const amount = z.number().nonnegative();

/** What a sweep will need on this machine, told before it starts: `cost` of `peft-lab sweep check --json`. */
export const sweepCost = z.object({
  /** Its runs one after the other. */
  seconds: amount,
  /** At most at one time. */
  memoryBytes: amount,
  /** What its run folders keep. */
  diskBytes: amount,
});
export type SweepCost = z.infer<typeof sweepCost>;

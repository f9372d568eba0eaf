import * as z from 'zod';

/**
 * `sweep.json`: a sweep as it was when it started, written once. Its plan is a function of these texts alone, and how far it has
 * come is told by the runs that name it.
 */
export const sweepRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  /** The sweep's file, and its text as it was. */
  path: z.string(),
  text: z.string(),
  /** The configs that it starts from, as the sweep names them: relative to its own folder. */
  experiments: z.array(z.object({ file: z.string(), text: z.string() })),
  codeVersion: z.string(),
  /** What its plan was when it started, as hashes; sweeps of older versions have none. */
  plan: z.object({ layout: z.string(), configs: z.string() }).optional(),
});
export type SweepRecord = z.infer<typeof sweepRecord>;

/** File names inside a sweep's folder. */
export const sweepFiles = {
  record: 'sweep.json',
  /** Asks whoever runs the sweep to start no further run. */
  stop: 'stop',
  /** What a sweep says that runs on its own. */
  log: 'output.log',
} as const;

import * as z from 'zod';

/**
 * `sweep.json`: a sweep as it was when it started, written once. Its plan is a function of what is here alone, and how far it has
 * come is told by the runs that name it.
 */
export const sweepRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  /** The sweep's file, and its text as it was. */
  path: z.string(),
  /** The same from the runs folder, for a project that has been moved since; sweeps of 0.2.0 have none. */
  pathFromRuns: z.string().optional(),
  text: z.string(),
  /**
   * The configs that it starts from, as the sweep names them: relative to its own folder. With each what the settings chose when it
   * started and the config leaves open, as `--set` takes it.
   */
  experiments: z.array(
    z.object({ file: z.string(), text: z.string(), defaults: z.array(z.string()).readonly().optional() }),
  ),
  codeVersion: z.string(),
  /** What its plan was when it started, as hashes. */
  plan: z.object({ layout: z.string(), configs: z.string() }),
});
export type SweepRecord = z.infer<typeof sweepRecord>;

/** `verdict.json`: what is said of pairs of arms, in the order of the report; of several data sets first how many differ. */
export const sweepVerdict = z.object({
  sentences: z.array(z.string()),
  /** What it rests on: when each result run ended that had finished, by its index. Absent in sweeps of 0.2.0. */
  runs: z.record(z.string(), z.string()).optional(),
});
export type SweepVerdict = z.infer<typeof sweepVerdict>;

/** File names inside a sweep's folder. */
export const sweepFiles = {
  record: 'sweep.json',
  /** Asks whoever runs the sweep to start no further run. */
  stop: 'stop',
  /** What was shown, for lists: a cache, written when the last run has ended. */
  verdict: 'verdict.json',
  /** What a sweep says that runs on its own. */
  log: 'output.log',
} as const;

/** Folder inside a sweep's folder of what Slurm was given: scripts, logs, and the list of jobs. */
export const slurmFiles = { folder: 'slurm', jobs: 'jobs.jsonl' } as const;

/**
 * A line of `jobs.jsonl`: an array that is about to be submitted, then its id, then that it was cancelled. Of an array without an id
 * Slurm is asked by its name.
 */
export const slurmJobLine = z.union([
  z.object({
    batch: z.int(),
    name: z.string(),
    /** Number of the sweep's stage. */
    stage: z.int(),
    submittedAt: z.string(),
    /** What each task does in turn: places in the stage, as cell, rank and number of the seed. */
    tasks: z.array(z.array(z.tuple([z.int(), z.int(), z.int()]))),
    /** Once the sweep's runs have taken so long, all together, its tasks start no further one. */
    mostSeconds: z.number().optional(),
  }),
  z.object({ batch: z.int(), id: z.string() }),
  z.object({ batch: z.int(), cancelled: z.literal(true) }),
]);
export type SlurmJobLine = z.infer<typeof slurmJobLine>;

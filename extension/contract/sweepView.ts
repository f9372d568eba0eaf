import * as z from 'zod';
import { runState } from './run.ts';

/** A range of values with its two ends. */
const interval = z.object({ low: z.number(), high: z.number() });

/** How values of runs lie; `sd` and `interval` need two of them. */
const spread = z.object({
  n: z.number().int(),
  mean: z.number(),
  sd: z.number().optional(),
  interval: interval.optional(),
});

/** What a result costs: numbers tuned, mean time of a run, most memory of a run, bytes of what is kept of it. */
export const costNames = ['tunable', 'seconds', 'memory', 'kept'] as const;
export type CostName = (typeof costNames)[number];

/**
 * Whether no other arm is as good for less: `on` and `off` where the intervals of both score and cost say so, `open` where they
 * do not, `unknown` where too few seeds have any.
 */
const frontPlace = z.enum(['on', 'off', 'open', 'unknown']);
export type FrontPlace = z.infer<typeof frontPlace>;

const armCost = z.object({ spread, front: frontPlace });

const leaderboardRow = z.object({
  arm: z.string(),
  spread: spread.optional(),
  scores: z.array(z.object({ seed: z.number().int(), score: z.number() })),
  planned: z.number().int(),
  /** Absent before its first run. */
  tunable: z.number().optional(),
  tuned: z.array(z.string()),
  seconds: z.number().optional(),
  peakBytes: z.number().optional(),
  /** By name; absent where no run tells it. */
  costs: z.partialRecord(z.enum(costNames), armCost),
});

const judgedPair = z.object({
  first: z.string(),
  second: z.string(),
  seeds: z.tuple([z.number().int(), z.number().int()]),
  /** First minus second, for the rows that judged. */
  difference: z.object({ difference: z.number(), interval }).optional(),
  /** The same where rows vary too. */
  newRows: interval.optional(),
  /** That at 0.05 divided by the comparisons, by which a difference is shown for new rows or not. */
  adjustedNewRows: interval.optional(),
  adjustedP: z.number().optional(),
  better: z.number().optional(),
  verdict: z.enum(['better', 'worse', 'open', 'untested']),
  sentence: z.string(),
});

/** What runs of several arms said about one question; every number is in the metric's own unit. */
export const verdictView = z.object({
  metric: z.string(),
  split: z.enum(['test', 'validation']),
  title: z.string(),
  /** Whether each seed drew rows of its own. */
  rowsDiffer: z.boolean().optional(),
  /** Arm that the others are compared with; absent where every pair is. */
  reference: z.string().optional(),
  leaderboard: z.array(leaderboardRow),
  pairs: z.array(judgedPair),
  warnings: z.array(z.string()),
});
export type VerdictView = z.infer<typeof verdictView>;

const setting = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean(), z.null()]) });

/** One combination of values that was tried. */
const tuningPoint = z.object({
  settings: z.array(setting),
  /** On validation rows; null for a run that failed or has no such metric; runs that are still to come are absent. */
  scores: z.array(z.object({ seed: z.number().int(), score: z.number().nullable() })),
  /** Left behind by halving: its scores are those of a part of a run. */
  isDropped: z.boolean(),
});

const armTuning = z.object({
  /** Number of the cell. */
  cell: z.number().int(),
  metric: z.string(),
  points: z.array(tuningPoint),
  /** Number of the point that gives the results: the best, once all are known, or the one that results are trained with. */
  chosen: z.number().int().nullable(),
  /** Tuned keys whose chosen value is the least or the greatest tried: `training.learning_rate 0.01`. */
  edges: z.array(z.string()),
});
export type ArmTuning = z.infer<typeof armTuning>;

/** One run of a sweep, made or not. */
const sweepRunView = z.object({
  index: z.number().int(),
  /** Null until it is there. */
  run: z.string().nullable(),
  stage: z.enum(['tuning', 'results']),
  cell: z.number().int(),
  seed: z.number().int(),
  /** Tuned values, as far as they are known: `training.learning_rate 0.001`. */
  settings: z.array(z.string()),
  /** `waiting` for one that has not begun; `dropped` for one that halving left behind. */
  state: z.enum([...runState.options, 'waiting', 'dropped']),
  /** Of a run under way, 0 … 1. */
  done: z.number().optional(),
  /** Where it has one: the metric that it is judged by, test rows before validation rows. */
  score: z.number().optional(),
});
export type SweepRunView = z.infer<typeof sweepRunView>;

/** A sweep as every program shows it: a function of its record and its run folders. */
export const sweepView = z.object({
  id: z.string(),
  createdAt: z.string(),
  /** The file that it was started from. */
  path: z.string(),
  /** `2 arms × (3 values × 1 seed + 5 seeds) = 16 runs` */
  runCount: z.string(),
  /** `running` while a run is under way or a process drives it, `finished` when nothing is left, `open` between. */
  state: z.enum(['running', 'finished', 'open']),
  total: z.number().int(),
  finished: z.number().int(),
  /** Left behind by halving. */
  dropped: z.number().int(),
  /** Without a result. */
  failed: z.number().int(),
  /** At the pace of its runs so far; absent while there is none. */
  secondsLeft: z.number().optional(),
  /** One arm on one data set with one combination of the grid. */
  cells: z.array(z.object({ arm: z.string(), experiment: z.string(), grid: z.array(z.string()) })),
  runs: z.array(sweepRunView),
  tuning: z.array(armTuning),
  /** One for each data set and combination of the grid; absent where nobody asked for them. */
  verdicts: z.array(verdictView).optional(),
});
export type SweepView = z.infer<typeof sweepView>;

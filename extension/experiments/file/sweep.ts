import type { Budget } from '../../contract/budget.ts';
import type { SweepInput, SweepValue, ValueRange } from './sweepSchema.ts';

/** One thing that is compared: a set of methods under a name. */
export interface Arm {
  readonly name: string;
  /** As a config's `methods` takes it. */
  readonly methods: unknown;
}

/** A config key with the values it takes in turn. */
export interface Axis {
  /** As `--set` takes it: `training.batch_size`. */
  readonly key: string;
  readonly values: readonly SweepValue[];
}

/** A config key whose best value is looked for. */
export interface TunedAxis {
  readonly key: string;
  readonly values: readonly SweepValue[] | ValueRange;
}

export const isRange = (values: TunedAxis['values']): values is ValueRange => 'from' in values;

/** Which combinations of tuned values are tried, and for how long. */
export type Search =
  | { readonly kind: 'grid' }
  | { readonly kind: 'random'; readonly runs: number; readonly seed: number }
  | {
      readonly kind: 'halving';
      readonly eta: number;
      readonly first: Budget;
      readonly runs: number | undefined;
      readonly seed: number;
    };

export interface Tuning {
  readonly axes: readonly TunedAxis[];
  readonly search: Search;
  readonly seeds: readonly number[];
  /** Undefined: the task's main metric. */
  readonly metric: string | undefined;
}

/** What runs a sweep. */
export type Where = LocalPlace | SlurmPlace;

/** This machine. */
export interface LocalPlace {
  readonly engine: 'local';
  /** Undefined: as many as there is room for. */
  readonly atOnce: number | undefined;
  /** How many of its GPUs the runs share, one each; 0 leaves them as they are. */
  readonly gpus: number;
}

/** A cluster; what is undefined it decides itself. */
export interface SlurmPlace {
  readonly engine: 'slurm';
  readonly atOnce: number | undefined;
  readonly partition: string | undefined;
  readonly account: string | undefined;
  /** Limit of one job, in whole minutes as Slurm counts. */
  readonly minutes: number | undefined;
  readonly cpus: number;
  /** `gpu:2` */
  readonly gres: string | undefined;
  readonly memory: string | undefined;
  /** Undefined: so many as take about ten minutes. */
  readonly runsPerJob: number | undefined;
  readonly setup: readonly string[];
  readonly options: readonly string[];
}

/** A sweep in which every name and number is right as far as its own file can tell. */
export interface Sweep {
  /** Config files; several are several data sets. */
  readonly experiments: readonly string[];
  readonly arms: readonly Arm[];
  /** Crossed with everything; arms are compared within one combination. */
  readonly grid: readonly Axis[];
  readonly tuning: Tuning | undefined;
  /** Of the runs that give the results. */
  readonly seeds: readonly number[];
  /** Name of the arm that the others are compared with; undefined: all pairs are compared. */
  readonly reference: string | undefined;
  readonly where: Where;
  readonly limit: SweepInput['limit'];
}

/** First of the seeds that `seeds: 10` takes, and `tune: {seeds: 2}`. */
export const firstSeed = 1;
export const firstTuningSeed = 1001;

/** The seeds of a list, or so many from `first`. */
export const seedsOf = (choice: number | readonly number[], first: number): readonly number[] =>
  typeof choice === 'number' ? Array.from({ length: choice }, (_, i) => first + i) : choice;

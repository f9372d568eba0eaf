import type { RunRecord, RunState } from '../../contract/run.ts';
import type { MetricFacts } from '../../metrics/metric.ts';
import type { RowOutcomes } from '../../metrics/rowOutcomes.ts';
import type { ScoreOfRows } from '../statistics/twoWayBootstrap.ts';
import type { TokenSource } from './judging.ts';

/** One run of an arm, as a comparison sees it. */
export interface ArmRun {
  readonly seed: number;
  /** The metric on the rows that judge; undefined where the run has none, not finite where it diverged. */
  readonly score: number | undefined;
  /** Why there is no score: `failed`, `died`, `still running`. */
  readonly state: string;
  /** What it did on each row. */
  readonly outcomes?: RowOutcomes | undefined;
  readonly seconds: number;
  readonly peakBytes: number | undefined;
  /** Of how many evaluations on validation rows it kept the best checkpoint; 1 where it kept the last. */
  readonly evaluations: number;
  /** Whether it ended when validation rows said so: how often it was evaluated is then no choice of anybody's. */
  readonly stopsEarly?: boolean;
}

/** One thing that is compared. */
export interface ArmRuns {
  readonly name: string;
  readonly runs: readonly ArmRun[];
  /** Numbers that its methods tune, heads aside; undefined before its first run. */
  readonly tunable: number | undefined;
  /** Size of what is kept of a run: the tensors of its methods and its head. */
  readonly keptBytes?: number;
  /** Seeds of which several runs are there; one of each counts. */
  readonly repeatedSeeds?: readonly number[];
  /** What its metric is a mean of, where it counts tokens. */
  readonly tokens?: TokenSource | undefined;
  /** Values that tuning chose: `training.learning_rate 0.01`. */
  readonly tuned?: readonly string[];
  /** Tuned keys whose best value is the least or the greatest that was tried, in words: `training.learning_rate 0.01`. */
  readonly edges?: readonly string[];
  /** Values that tuning would choose now, where the runs were trained with others: `training.learning_rate 0.01`. */
  readonly bestTuned?: string;
  /** Combinations of which a tuning run failed. */
  readonly failedTuning?: readonly string[];
}

/** What is to be judged: arms on the same data, by one metric. */
export interface Question {
  /** Named where there are several: a data set, a combination of the grid. */
  readonly title: string;
  readonly metric: MetricFacts;
  readonly arms: readonly ArmRuns[];
  /** Name of the arm that the others are compared with; undefined: every pair is compared. */
  readonly reference: string | undefined;
  /** Which rows judge. */
  readonly split: 'test' | 'validation';
  /** The first run that these rows judge: its files and columns are where their texts stand. */
  readonly record?: RunRecord;
  /** Whether each seed draws validation rows of its own, so that runs judge different rows. */
  readonly rowsDiffer: boolean;
  /** The metric over rows; undefined where outcomes of rows do not make it up. */
  readonly scoreOfRows?: ScoreOfRows | undefined;
}

/** Why a planned run that is not there has no score. */
export const notRunYet = 'not run yet';

const toCome: readonly string[] = [notRunYet, 'queued', 'running', 'stopped'] satisfies (RunState | typeof notRunYet)[];

/** How many seeds an arm has once all runs have ended that are to come or under way, or that go on when they are resumed. */
export const expectedSeeds = (arm: ArmRuns): number =>
  scored(arm).length + arm.runs.filter(({ score, state }) => score === undefined && toCome.includes(state)).length;

/** The scores that count, each with its seed. */
export const scored = ({ runs }: ArmRuns): readonly (ArmRun & { readonly score: number })[] =>
  runs.flatMap((run) => (run.score !== undefined && Number.isFinite(run.score) ? [{ ...run, score: run.score }] : []));

export const scoresOf = (arm: ArmRuns): readonly number[] => scored(arm).map(({ score }) => score);

import type { RunState, RunSummary } from '../contract/run.ts';
import type { MetricDirection } from '../metrics/metric.ts';
import { metricOf } from '../metrics/registry.ts';
import { findTask } from '../tasks/registry.ts';
import { usualMetrics } from '../tasks/taskMetrics.ts';
import type { Cell } from './plan/cells.ts';
import { type ChosenValues, chooseValues } from './plan/chooseValues.ts';
import { resultRuns, type SweepPlan, type Variant } from './plan/planSweep.ts';
import type { Sweep } from './plan/sweep.ts';

/** What is known of a variant's run. */
export interface VariantRun {
  readonly state: RunState;
  readonly metrics: RunSummary['metrics'];
}

/** How far a sweep has come. */
export interface SweepProgress {
  /** Every run that is known by now: the results of a cell are once its values are chosen. */
  readonly variants: readonly Variant[];
  /** Those that have not finished and may be started, in order. */
  readonly open: readonly Variant[];
  /** Runs of the whole sweep, those included that are not yet known. */
  readonly total: number;
  readonly finished: number;
  /** Runs that ended without a result. */
  readonly failed: readonly Variant[];
  /** What tuning found, by cell; empty where nothing is tuned. */
  readonly tuned: readonly ChosenValues[];
}

/** The validation metric that chooses a cell's values: the sweep's own, else the task's main one. */
export function tuningMetric({ tuning }: Sweep, { configs }: Cell): { name: string; direction: MetricDirection } {
  const name = tuning?.metric ?? usualMetrics(findTask(configs[0]!.task))[0]!;
  return { name, direction: metricOf(name).direction ?? 'higher' };
}

/**
 * How far a sweep has come: a function of its plan and its runs, so that every program that looks says the same, in whatever order
 * runs ended. A run that failed counts as one without a result; one that was stopped or died is open until it has gone on.
 * @param runOf the run of a variant's index; undefined where there is none
 */
export function sweepProgress(
  sweep: Sweep,
  plan: SweepPlan,
  runOf: (index: number) => VariantRun | undefined,
): SweepProgress {
  const scores = new Map<string, (number | undefined)[]>();
  for (const variant of plan.tuningRuns) {
    const { name } = tuningMetric(sweep, plan.cells[variant.cell]!);
    const key = `${variant.cell} ${variant.point}`;
    scores.set(key, [...(scores.get(key) ?? []), scoreOf(runOf(variant.index), name)]);
  }
  const tuned =
    sweep.tuning === undefined
      ? []
      : plan.cells.map((cell, number) => {
          const runs = cell.points.map((_, point) => scores.get(`${number} ${point}`) ?? []);
          return chooseValues(cell.points, runs, tuningMetric(sweep, cell).direction);
        });
  const chosen = new Map(tuned.flatMap((values, cell) => (values.chosen === undefined ? [] : [[cell, values.chosen]])));
  const variants = [...plan.tuningRuns, ...resultRuns(sweep, plan, chosen)];
  const stateOf = ({ index }: Variant): RunState | undefined => runOf(index)?.state;
  return {
    variants,
    open: variants.filter((variant) => !['finished', 'failed', 'running'].includes(stateOf(variant) ?? 'none')),
    total: plan.tuningRuns.length + plan.resultCount,
    finished: variants.filter((variant) => stateOf(variant) === 'finished').length,
    failed: variants.filter((variant) => stateOf(variant) === 'failed'),
    tuned,
  };
}

/** NaN for a run that has no such metric or failed; undefined while it may still come. */
function scoreOf(run: VariantRun | undefined, metric: string): number | undefined {
  if (run?.state === 'failed') return Number.NaN;
  return run?.state === 'finished' ? (run.metrics[metric] ?? Number.NaN) : undefined;
}

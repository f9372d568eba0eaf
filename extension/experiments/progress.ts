import { type Budget, isUsedUp } from '../contract/budget.ts';
import type { RecordedConfig, RunState, RunSummary } from '../contract/run.ts';
import { metricOf } from '../metrics/registry.ts';
import type { Sweep } from './file/sweep.ts';
import { cellMetric } from './plan/cellMetric.ts';
import { type ChosenValues, chooseValues } from './plan/chooseValues.ts';
import { candidateScore, halvingState } from './plan/halving.ts';
import { halvingPlanOf, resultIndexes, resultRuns, type SweepPlan, type Variant } from './plan/planSweep.ts';
import { pointOfRun } from './plan/pointOfRun.ts';
import { fullBudget } from './plan/sweepFindings.ts';

/** What is known of a variant's run. */
export interface VariantRun {
  readonly state: RunState;
  /** Of the weights that it keeps. */
  readonly metrics: RunSummary['metrics'];
  /** What it was trained with. */
  readonly config: RecordedConfig;
  /** Every evaluation on validation rows, in order; asked of tuning runs that are halved. */
  readonly evaluations: () => readonly Evaluation[];
}

export interface Evaluation {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: RunSummary['metrics'];
}

/** A run to be started or gone on with, and where it stops for now. */
export interface OpenVariant extends Variant {
  readonly until?: Budget | undefined;
}

/** How far a sweep has come. */
export interface SweepProgress {
  /** What may be started now, in order. */
  readonly open: readonly OpenVariant[];
  /** Runs of the whole sweep, those included that are not yet known. */
  readonly total: number;
  readonly finished: number;
  readonly underWay: number;
  /** Runs that halving left behind: they are done, at a part of their length. */
  readonly dropped: number;
  /** Runs that ended without a result. */
  readonly failed: readonly Variant[];
  /** What tuning found, by cell; empty where nothing is tuned. */
  readonly tuned: readonly TunedCell[];
  /** Of each cell, the metric that chooses its values and judges its results. */
  readonly metrics: readonly string[];
}

/** What tuning one cell found, and from what. */
export interface TunedCell extends ChosenValues {
  /** Each combination with the validation metric of its runs, one for each tuning seed: undefined until known, NaN for a failure. */
  readonly tried: readonly {
    readonly scores: readonly (number | undefined)[];
    /** Left behind by halving: its scores are those of a part of a run. */
    readonly isDropped: boolean;
  }[];
  /** Numbers of the combinations of which a run failed. */
  readonly failed: readonly number[];
}

/** What is known of a sweep's runs, by their index. */
export type RunOf = (index: number) => VariantRun | undefined;

/**
 * How far a sweep has come: a function of its plan and its runs, so that every program that looks says the same, in whatever order
 * runs ended. A run that failed counts as one without a result; one that was stopped or died is open until it has gone on. A cell
 * keeps the values of the first result run that is there, whatever becomes of its tuning afterwards.
 * @param runOf undefined for a run that is not there
 */
export function sweepProgress(sweep: Sweep, plan: SweepPlan, runOf: RunOf): SweepProgress {
  const tuning = sweep.tuning === undefined ? [] : plan.cells.map((_, cell) => tuningOf(sweep, plan, cell, runOf));
  const tuned = tuning.map(({ values }) => values);
  const results = resultRuns(sweep, plan, chosenPoints(tuned));
  const stateOf = ({ index }: Variant): RunState | undefined => runOf(index)?.state;
  const all = [...plan.tuningRuns, ...results];
  return {
    open: [...tuning.flatMap(({ open }) => open), ...results.filter((variant) => isOpen(stateOf(variant)))],
    total: plan.tuningRuns.length + plan.resultCount,
    finished: all.filter((variant) => stateOf(variant) === 'finished').length,
    underWay: all.filter((variant) => stateOf(variant) === 'running').length,
    dropped: tuning.reduce((sum, { dropped }) => sum + dropped, 0),
    failed: all.filter((variant) => stateOf(variant) === 'failed'),
    tuned,
    metrics: plan.cells.map((_, cell) => cellMetric(sweep, plan, cell, (index) => runOf(index)?.metrics)),
  };
}

/** Of a cell's number, the number of the combination that gives its results, where it is known. */
export const chosenPoints = (tuned: SweepProgress['tuned']): ReadonlyMap<number, number> =>
  new Map(tuned.flatMap(({ chosen }, cell) => (chosen === undefined ? [] : [[cell, chosen]])));

/** How far the tuning of one cell has come. */
interface CellTuning {
  readonly open: readonly OpenVariant[];
  /** Combinations that take part in each rung reached so far; without halving in the only one. */
  readonly entered: readonly (readonly number[])[];
  readonly dropped: number;
  readonly values: TunedCell;
  /** The runs of a combination, one for each tuning seed. */
  readonly ofPoint: (point: number) => readonly Variant[];
}

export function tuningOf(sweep: Sweep, plan: SweepPlan, number: number, runOf: RunOf): CellTuning {
  const cell = plan.cells[number]!;
  const name = cellMetric(sweep, plan, number, (index) => runOf(index)?.metrics);
  const direction = metricOf(name).direction ?? 'higher';
  const variants = plan.tuningRuns.filter((variant) => variant.cell === number);
  const byPoint = new Map<number, Variant[]>();
  for (const variant of variants) byPoint.set(variant.point, [...(byPoint.get(variant.point) ?? []), variant]);
  const ofPoint = (point: number): readonly Variant[] => byPoint.get(point) ?? [];
  const failed = cell.points.flatMap((_, point) =>
    ofPoint(point).some(({ index }) => runOf(index)?.state === 'failed') ? [point] : [],
  );
  const first = resultIndexes(sweep, plan, number).find((index) => runOf(index) !== undefined);
  const trained = first === undefined ? undefined : pointOfRun(cell, runOf(first)!.config);
  const halving = halvingPlanOf(sweep, cell, direction);
  if (halving === undefined) {
    const scores = cell.points.map((_, point) => ofPoint(point).map(({ index }) => finalScore(runOf(index), name)));
    return {
      open: variants.filter(({ index }) => isOpen(runOf(index)?.state)),
      entered: [cell.points.map((_, point) => point)],
      dropped: 0,
      values: {
        ...chooseValues(cell.points, scores, direction, trained),
        tried: scores.map((scores) => ({ scores, isDropped: false })),
        failed,
      },
      ofPoint,
    };
  }
  const { rungs } = halving;
  const { unit } = fullBudget(cell.configs[0]!);
  const last = rungs.length - 1;
  const scoreAt = ({ index }: Variant, rung: number): number | undefined =>
    rung === last ? finalScore(runOf(index), name) : rungScore(runOf(index), name, { amount: rungs[rung]!, unit });
  const state = halvingState(halving, (point, rung) =>
    candidateScore(ofPoint(point).map((variant) => scoreAt(variant, rung))),
  );
  const open = state.next.flatMap(({ candidate, rung }) =>
    ofPoint(candidate)
      .filter((variant) => scoreAt(variant, rung) === undefined && runOf(variant.index)?.state !== 'running')
      .map((variant) => ({ ...variant, until: rung === last ? undefined : { amount: rungs[rung]!, unit } })),
  );
  const { entered } = state;
  const kept = new Set(entered.at(-1));
  const dropped = cell.points.map((_, point) => point).filter((point) => !kept.has(point));
  // What was left behind has lost; the others are compared at the end of whole runs.
  const scores = cell.points.map((_, point) =>
    kept.has(point) ? ofPoint(point).map((variant) => scoreAt(variant, last)) : [Number.NaN],
  );
  const tried = cell.points.map((_, point) => {
    const rung = entered.findLastIndex((candidates) => candidates.includes(point));
    return { scores: ofPoint(point).map((variant) => scoreAt(variant, rung)), isDropped: rung < entered.length - 1 };
  });
  return {
    open,
    entered: state.entered,
    dropped: dropped.flatMap(ofPoint).filter(({ index }) => runOf(index)?.state !== 'failed').length,
    values: { ...chooseValues(cell.points, scores, direction, trained), tried, failed },
    ofPoint,
  };
}

const isOpen = (state: RunState | undefined): boolean => !['finished', 'failed', 'running'].includes(state ?? 'none');

/** NaN for a run that has no such metric or failed; undefined while it may still come. */
function finalScore(run: VariantRun | undefined, metric: string): number | undefined {
  if (run?.state === 'failed') return Number.NaN;
  return run?.state === 'finished' ? (run.metrics[metric] ?? Number.NaN) : undefined;
}

/** The first evaluation once the budget is used up; of a run that ended earlier, its last one. */
function rungScore(run: VariantRun | undefined, metric: string, budget: Budget): number | undefined {
  if (run === undefined) return undefined;
  if (run.state === 'failed') return Number.NaN;
  const evaluations = run.evaluations();
  const reached = evaluations.find((evaluation) => isUsedUp(budget, evaluation));
  const found = reached ?? (run.state === 'finished' ? evaluations.at(-1) : undefined);
  return found === undefined ? undefined : (found.metrics[metric] ?? Number.NaN);
}

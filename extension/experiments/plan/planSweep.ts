import { createHash } from 'node:crypto';
import { counted } from '../../problems/counted.ts';
import type { Finding } from '../../problems/finding.ts';
import type { Sweep } from '../file/sweep.ts';
import { type Cell, checkedCells, type Experiment, overridesOf } from './cells.ts';
import { type HalvingPlan, rungsOf } from './halving.ts';
import { runCount, runCountText } from './runCount.ts';
import { fullBudget, identityOf, sweepFindings } from './sweepFindings.ts';

/** One run of a sweep. */
export interface Variant {
  /** From 0 over the whole sweep, tuning runs first: the same for the same sweep everywhere. */
  readonly index: number;
  readonly stage: 'tuning' | 'results';
  /** Number of its cell. */
  readonly cell: number;
  /** Number of its combination in the cell's points. */
  readonly point: number;
  readonly seed: number;
  /** On top of the experiment's config, as `--set` takes them. */
  readonly overrides: readonly string[];
  /** Equal for configs that train the same; 16 hexadecimal digits. */
  readonly configHash: string;
}

/** Everything a sweep will run, as far as it can be known before it starts. */
export interface SweepPlan {
  readonly cells: readonly Cell[];
  readonly tuningRuns: readonly Variant[];
  /** Number of runs that give the results; which they are is known once every cell has its best values. */
  readonly resultCount: number;
}

/** A plan, or what is wrong with the sweep. Warnings come with the plan. */
export interface PlannedSweep {
  readonly plan?: SweepPlan;
  readonly findings: readonly Finding[];
}

/** A sweep of more is not laid out: each of its configs is checked while one types. */
const mostRuns = 10_000;

/** Checks every variant's config without starting anything, and lays out the runs. Never throws. */
export function planSweep(sweep: Sweep, experiments: readonly Experiment[]): PlannedSweep {
  const tooMany = tooManyRuns(sweep);
  if (tooMany !== undefined) return { findings: [tooMany] };
  const { cells, findings: wrong } = checkedCells(sweep, experiments);
  if (wrong.length > 0) return { findings: wrong };
  const findings = sweepFindings(sweep, cells);
  if (findings.some(({ severity }) => severity === 'error')) return { findings };
  const { tuning } = sweep;
  const tuningRuns =
    tuning === undefined
      ? []
      : cells.flatMap((cell, number) =>
          cell.points.flatMap((_, point) => variantsOf(cell, number, point, 'tuning', tuning.seeds)),
        );
  return {
    plan: {
      cells,
      tuningRuns: tuningRuns.map((variant, index) => ({ ...variant, index })),
      resultCount: cells.length * sweep.seeds.length,
    },
    findings,
  };
}

function tooManyRuns(sweep: Sweep): Finding | undefined {
  const { limit, tuning, grid } = sweep;
  const runs = runCount(sweep);
  const finding = (path: Finding['path'], message: string): Finding => {
    return { severity: 'error', code: 'too-many-runs', path, message };
  };
  if (runs > mostRuns) {
    const [key, cure] =
      tuning !== undefined
        ? ['tune', 'fewer values, or search: {random: {runs: 50}}']
        : grid.length > 0
          ? ['grid', 'fewer values or seeds']
          : ['seeds', 'fewer seeds'];
    return finding([key], `must make ${counted(mostRuns, 'run')} at most, got ${runCountText(sweep)}; take ${cure}`);
  }
  if (limit.runs === null || runs <= limit.runs) return undefined;
  return finding(
    ['limit', 'runs'],
    `must be at least the ${runs} runs of this sweep, got ${limit.runs}; raise it, or take fewer values or seeds`,
  );
}

/** Indexes of the runs that give a cell's results, one for each seed: the same whatever values it is trained with. */
export function resultIndexes({ seeds }: Sweep, { tuningRuns }: SweepPlan, cell: number): readonly number[] {
  return seeds.map((_, i) => tuningRuns.length + cell * seeds.length + i);
}

/**
 * The runs that give the results, of every cell whose best values are known.
 * @param chosen of a cell's number, the number of its best combination; without tuning 0 for every cell
 */
export function resultRuns(sweep: Sweep, plan: SweepPlan, chosen: ReadonlyMap<number, number>): readonly Variant[] {
  return plan.cells.flatMap((_, cell) => {
    const point = sweep.tuning === undefined ? 0 : chosen.get(cell);
    return point === undefined ? [] : resultRunsOf(sweep, plan, cell, point);
  });
}

/** The runs that give the results of one cell with one combination of its values, one for each seed. */
export function resultRunsOf(sweep: Sweep, plan: SweepPlan, cell: number, point: number): readonly Variant[] {
  const indexes = resultIndexes(sweep, plan, cell);
  const variants = variantsOf(plan.cells[cell]!, cell, point, 'results', sweep.seeds);
  return variants.map((run, i) => ({ ...run, index: indexes[i]! }));
}

/** How the candidates of a cell are halved; undefined for a search without rungs. Budgets are epochs or steps, as `first` says. */
export function halvingPlanOf(
  { tuning }: Sweep,
  { points, configs }: Cell,
  direction: HalvingPlan['direction'],
): HalvingPlan | undefined {
  if (tuning?.search.kind !== 'halving') return undefined;
  const { eta, first } = tuning.search;
  return {
    candidates: points.length,
    eta,
    rungs: rungsOf(first.amount, eta, fullBudget(configs[0]!).amount),
    direction,
  };
}

function variantsOf(
  cell: Cell,
  number: number,
  point: number,
  stage: Variant['stage'],
  seeds: readonly number[],
): readonly Omit<Variant, 'index'>[] {
  const overrides = overridesOf(cell, point);
  const config = cell.configs[point]!;
  return seeds.map((seed) => ({
    stage,
    cell: number,
    point,
    seed,
    overrides: [...overrides, `training.seed=${seed}`],
    configHash: shortHash(identityOf({ ...config, training: { ...config.training, seed } })),
  }));
}

/** 16 hexadecimal digits. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

import type { RunEstimate } from '../../contract/estimate.ts';
import type { SweepCost } from '../../contract/sweepCost.ts';
import type { Sweep } from '../file/sweep.ts';
import { type Cell, overridesOf } from './cells.ts';
import { halvingCost } from './halving.ts';
import { halvingPlanOf } from './planSweep.ts';
import { fullBudget } from './sweepFindings.ts';

/** What one run needs. */
export type RunNeeds = Pick<RunEstimate, 'totalSeconds' | 'memoryBytes' | 'diskBytes'>;

/** Keys whose value changes neither time nor size of a run. */
const freeKeys =
  /(^|\.)(learning_rate|head_learning_rate|weight_decay|warmup_ratio|lr_scheduler|max_grad_norm|label_smoothing)=/;

/** What must be known of a combination of a cell to price its runs, as `--set` takes it; equal for equal prices. */
export const pricedOverrides = (cell: Cell, point: number): readonly string[] =>
  overridesOf(cell, point).filter((override) => !freeKeys.test(override));

/** What the runs of one cell need, tuning and results together. */
export interface CellCost extends SweepCost {
  readonly runs: number;
}

/**
 * What the runs of a cell need: each combination with the tuning seeds, and the dearest of them with those of the results, for which
 * of them it will be is not known before. With halving each combination costs its share of all rungs.
 * @param needs of each combination
 */
export function cellCost(sweep: Sweep, cell: Cell, needs: readonly RunNeeds[]): CellCost {
  const { tuning, seeds } = sweep;
  const tuningSeeds = tuning?.seeds.length ?? 0;
  const tuningRuns = tuningSeeds * needs.length;
  const halving = halvingPlanOf(sweep, cell, 'higher');
  const share = halving ? halvingCost(halving) / (halving.candidates * fullBudget(cell.configs[0]!).amount) : 1;
  const sum = (part: keyof RunNeeds): number => needs.reduce((total, one) => total + one[part], 0);
  const most = (part: keyof RunNeeds): number => Math.max(...needs.map((one) => one[part]));
  return {
    runs: tuningRuns + seeds.length,
    seconds: share * tuningSeeds * sum('totalSeconds') + seeds.length * most('totalSeconds'),
    memoryBytes: most('memoryBytes'),
    diskBytes: tuningSeeds * sum('diskBytes') + seeds.length * most('diskBytes'),
  };
}

/** Runs at the same time. */
export interface PriceShares {
  readonly atOnce: number;
  /** How much less time they take than one after the other. */
  readonly speedup: number;
}

/** All cells together, so many of their runs at the same time; memory is that of the largest, times those. */
export const sweepCost = (costs: readonly CellCost[], { atOnce, speedup }: PriceShares): SweepCost => ({
  seconds: costs.reduce((total, { seconds }) => total + seconds, 0) / speedup,
  memoryBytes: Math.max(...costs.map(({ memoryBytes }) => memoryBytes)) * atOnce,
  diskBytes: costs.reduce((total, { diskBytes }) => total + diskBytes, 0),
});

import type { SweepRecord } from '../../contract/sweep.ts';
import type { Sweep } from '../file/sweep.ts';
import { overridesOf } from './cells.ts';
import { type SweepPlan, shortHash } from './planSweep.ts';
import { identityOf } from './sweepFindings.ts';

type PlanIdentity = SweepRecord['plan'];

/**
 * What tells one plan from another: which run has which number, and how the config of each is filled in. The same texts give the
 * same under the same code.
 */
export function planIdentity({ seeds, tuning }: Sweep, { cells }: SweepPlan): PlanIdentity {
  const layout = cells.map((cell) => [cell.experiment.file, cell.points.map((_, point) => overridesOf(cell, point))]);
  return {
    layout: shortHash(JSON.stringify([tuning?.seeds ?? null, seeds, layout])),
    configs: shortHash(JSON.stringify(cells.map(({ configs }) => configs.map(identityOf)))),
  };
}

/**
 * What a newer code would do otherwise with a sweep that was started earlier: `layout` where a run's number would mean another run,
 * `configs` where runs would be filled in with other defaults.
 */
export function planChange({ plan: kept }: SweepRecord, now: PlanIdentity): keyof PlanIdentity | undefined {
  return kept.layout !== now.layout ? 'layout' : kept.configs !== now.configs ? 'configs' : undefined;
}

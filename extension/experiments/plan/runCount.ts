import { counted } from '../../problems/counted.ts';
import type { Sweep } from '../file/sweep.ts';
import { pointCount } from './searchPoints.ts';

/** Exactly how many runs a sweep has: D × A × G × (points × tuning seeds + seeds). */
export function runCount({ experiments, arms, grid, tuning, seeds }: Sweep): number {
  const cells = grid.reduce((product, { values }) => product * values.length, experiments.length * arms.length);
  return cells * ((tuning === undefined ? 0 : pointCount(tuning) * tuning.seeds.length) + seeds.length);
}

/** `2 data sets × 4 arms × (4 values × 2 seeds + 10 seeds) = 144 runs`. */
export function runCountText(sweep: Sweep): string {
  const { experiments, arms, grid, tuning, seeds } = sweep;
  const settings = grid.reduce((product, { values }) => product * values.length, 1);
  const results = counted(seeds.length, 'seed');
  const factors = [
    ...(experiments.length > 1 ? [counted(experiments.length, 'data set')] : []),
    counted(arms.length, 'arm'),
    ...(grid.length > 0 ? [counted(settings, 'setting')] : []),
    tuning === undefined
      ? results
      : `(${counted(pointCount(tuning), 'value')} × ${counted(tuning.seeds.length, 'seed')} + ${results})`,
  ];
  return `${factors.join(' × ')} = ${counted(runCount(sweep), 'run')}`;
}

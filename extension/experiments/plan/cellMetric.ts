import type { RunSummary } from '../../contract/run.ts';
import { findTask } from '../../tasks/registry.ts';
import { possibleMetrics } from '../../tasks/taskMetrics.ts';
import type { Sweep } from '../file/sweep.ts';
import type { SweepPlan } from './planSweep.ts';

/**
 * The metric that chooses a cell's values and judges its results: the sweep's own, else the task's main one. Which that is may
 * depend on the labels, so runs of the cell's experiment tell: the first that one of them has.
 * @param metricsOf a run's metrics, by its index; undefined for one that is not there
 */
export function cellMetric(
  { tuning, seeds }: Sweep,
  { cells, tuningRuns, resultCount }: SweepPlan,
  number: number,
  metricsOf: (index: number) => RunSummary['metrics'] | undefined,
): string {
  if (tuning?.metric !== undefined) return tuning.metric;
  const { experiment, configs } = cells[number]!;
  const possible = possibleMetrics(findTask(configs[0]!.task));
  for (let index = 0; index < tuningRuns.length + resultCount; index++) {
    const cell = tuningRuns[index]?.cell ?? Math.floor((index - tuningRuns.length) / seeds.length);
    const known = cells[cell]!.experiment === experiment ? metricsOf(index) : undefined;
    const main = known && possible.find((name) => name in known || `test_${name}` in known);
    if (main !== undefined) return main;
  }
  return possible[0]!;
}

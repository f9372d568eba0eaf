import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import { isLowerBetter } from '../metrics/registry.ts';
import { UserError } from '../problems/userError.ts';
import type { LabelNames } from '../tasks/rows/labels.ts';
import type { Task } from '../tasks/task.ts';
import { metricsFor } from '../tasks/taskMetrics.ts';
import type { WatchedMetric } from './loop/bestValue.ts';

/** The metric that `keep_best` and early stopping go by. @throws UserError when an evaluation does not give it */
export function watchedMetric(task: Task, labels: LabelNames, { training }: ResolvedConfig): WatchedMetric {
  const { metric, patience } = training.early_stopping ?? { metric: null, patience: undefined };
  const metrics: readonly string[] = ['loss', ...metricsFor(task, labels)];
  if (metric !== null && !metrics.includes(metric)) {
    const rule = `must be one of ${metrics.join(', ')} with these labels, got ${metric}`;
    throw new UserError(`training.early_stopping.metric: ${rule}; start a run with one of them`);
  }
  const name = metric ?? metrics[1]!;
  return { name, direction: isLowerBetter(name) ? 'lower' : 'higher', patience };
}

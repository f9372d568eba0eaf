import type { MetricDirection } from '../tasks/task.ts';

const lowerIsBetter: ReadonlySet<string> = new Set(['loss', 'perplexity', 'mse']);

/** Whether more of a metric is better. */
export const directionOf = (metric: string): MetricDirection => (lowerIsBetter.has(metric) ? 'lower' : 'higher');

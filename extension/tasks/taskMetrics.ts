import { type MetricName, metricsOf } from '../metrics/registry.ts';
import type { LabelNames } from './rows/labels.ts';
import type { Task } from './task.ts';

/** Metrics of a task with usual labels, beside `loss`; the first one is watched by default. */
export const usualMetrics = ({ outcome }: Task): readonly MetricName[] => metricsOf(outcome);

/** The same, with these labels. */
export const metricsFor = ({ outcome, special }: Task, labels: LabelNames): readonly MetricName[] =>
  metricsOf(special?.note(labels) === undefined ? outcome : special.outcome);

/** Those that there may be, whatever the labels. */
export const possibleMetrics = ({ outcome, special }: Task): readonly MetricName[] => [
  ...new Set([...metricsOf(outcome), ...(special ? metricsOf(special.outcome) : [])]),
];

import type { Finding } from '../../problems/finding.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask } from '../../tasks/registry.ts';
import { metricsFor } from '../../tasks/taskMetrics.ts';
import type { ConfigDraft } from '../resolved/resolve.ts';
import type { LabelFacts } from './environment.ts';

/** Findings about labels that other metrics judge than usual ones. */
export function specialLabelFindings(
  { task: name, data, training }: ConfigDraft,
  train: LabelFacts,
): readonly Finding[] {
  const task = findTask(name);
  const { special } = task;
  const message = train.complete ? special?.note(train.distinct) : undefined;
  if (special === undefined || message === undefined) return [];
  const metric = training.early_stopping?.metric ?? null;
  const metrics: readonly string[] = ['loss', ...metricsFor(task, train.distinct)];
  const note: Finding = {
    severity: special.isDoubtful(train.distinct) ? 'warning' : 'information',
    code: special.code,
    path: ['data', 'train'],
    message: `${data.train.file}: ${message}`,
  };
  if (metric === null || metrics.includes(metric)) return [note];
  const rule = `must be one of ${metrics.join(', ')} for ${special.title}, got ${showValue(metric)}`;
  return [
    note,
    { severity: 'error', code: 'unknown-metric', path: ['training', 'early_stopping', 'metric'], message: rule },
  ];
}

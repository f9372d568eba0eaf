import { areNumbers, metricsFor, noSpansText } from '../../metrics/tagScheme.ts';
import type { ResolvedConfig } from '../resolved/resolve.ts';
import type { LabelFacts } from './environment.ts';
import type { Finding } from './report.ts';
import { showValue } from './showValue.ts';

/** What follows from tags that are no spans: which metrics there are. */
export function tagFindings({ task, data, training }: ResolvedConfig, train: LabelFacts): readonly Finding[] {
  const message = task === 'token-classification' && train.complete ? noSpansText(train.distinct) : undefined;
  if (message === undefined) return [];
  const metric = training.early_stopping?.metric ?? null;
  const metrics = ['loss', ...metricsFor(task, train.distinct)];
  const note: Finding = {
    severity: areNumbers(train.distinct) ? 'warning' : 'information',
    code: 'no-spans',
    path: ['data', 'train'],
    message: `${data.train.file}: ${message}`,
  };
  if (metric === null || metrics.includes(metric)) return [note];
  const rule = `must be one of ${metrics.join(', ')} for tags that are no spans, got ${showValue(metric)}`;
  return [
    note,
    { severity: 'error', code: 'unknown-metric', path: ['training', 'early_stopping', 'metric'], message: rule },
  ];
}

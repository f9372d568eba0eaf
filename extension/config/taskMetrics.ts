import type { ConfigInput } from './schema.ts';

/** Metrics that an evaluation gives beside `loss`, the main one of each task first. */
export const taskMetrics: Readonly<Record<ConfigInput['task'], readonly [string, ...string[]]>> = {
  classification: ['accuracy', 'macro_f1', 'micro_f1', 'matthews'],
  regression: ['pearson', 'spearman', 'mse'],
  'token-classification': ['entity_f1', 'entity_precision', 'entity_recall', 'accuracy'],
  'masked-lm': ['perplexity', 'accuracy'],
};

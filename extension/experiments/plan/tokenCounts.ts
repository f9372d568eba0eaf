import { metricsOf } from '../../metrics/registry.ts';
import { hidingTasks } from '../../tasks/hidingTasks.ts';

/** Whether a metric of unlabelled rows is a mean over their tokens. */
export const countsTokens = (metric: string): boolean =>
  metric === 'loss' || metricsOf('tokens').some((name) => name === metric);

/** Config keys that decide which tokens those are. */
export const tokenKeys = (task: string): readonly string[] => [
  ...['data.max_length', 'data.long_texts', 'data.chat_template'],
  ...(hidingTasks.includes(task) ? ['training.mlm_probability'] : []),
];

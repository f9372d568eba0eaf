import type { Metric } from '../../extension/metrics/metric.ts';
import { metrics, metricsOf } from '../../extension/metrics/registry.ts';
import { tasks } from '../../extension/tasks/registry.ts';
import type { Task } from '../../extension/tasks/task.ts';
import { usualMetrics } from '../../extension/tasks/taskMetrics.ts';
import { generatedFrom, table } from './markdown.ts';

const needWords = { needed: '', asked: ' (optional)', taken: ' (optional)' } as const;

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const columnsOf = (task: Task): string =>
  Object.entries(task.columns)
    .map(([key, need]) => `\`${key}\`${needWords[need]}`)
    .join(', ');

const special = ({ special: other }: Task): string =>
  other === undefined ? '' : `; of ${other.title}: ${code(metricsOf(other.outcome))}`;

/** Every task and metric, as declared. */
export function taskPage(): string {
  const taskRows = tasks.map((task: Task) => [
    `\`${task.name}\``,
    `${task.title}. ${task.summary}`,
    columnsOf(task),
    task.labels,
    `${code(usualMetrics(task))}${special(task)}`,
  ]);
  const metricRows = metrics.map(({ name, title, direction, definition }: Metric) => [
    `\`${name}\``,
    title,
    direction ?? '',
    definition,
  ]);
  return `${generatedFrom('extension/tasks and extension/metrics')}

# Tasks and metrics

*What can be learned, and how is it judged?*

\`task\` of a config says what the head learns. Columns are named in \`data\` ([config](config.md#data)); an evaluation
gives \`loss\` and the metrics of the task. The first of them is watched by \`keep_best\` and \`early_stopping\` unless
\`training.early_stopping.metric\` names another. BLEU, ROUGE and exact match come from \`evaluate --generate\` alone, figures of GPUs from runs on CUDA.

${table(['task', '', 'columns', 'labels', 'metrics'], taskRows)}

${table(['metric', '', 'better', ''], metricRows)}
`;
}

/** How a metric's values are written: `share` of one in percent, `score` (−1 … 1) with three decimals. */
export type MetricQuantity = 'share' | 'score' | 'plain' | 'bytes' | 'seconds';

/** Which end of a metric is good. */
export type MetricDirection = 'higher' | 'lower';

/** What every program knows of a metric. */
export interface Metric {
  readonly name: string;
  /** In running text: `macro F1`. */
  readonly title: string;
  /** Where room is scarce: `F1`. */
  readonly short: string;
  /** Null where neither end is good. */
  readonly direction: MetricDirection | null;
  readonly quantity: MetricQuantity;
}

type Entry = readonly [title: string, short: string, direction: MetricDirection | null, quantity: MetricQuantity];

/** The metrics that this program computes, by the name they have in journals. */
const own = {
  loss: ['loss', 'loss', 'lower', 'plain'],
  accuracy: ['accuracy', 'acc', 'higher', 'share'],
  macro_f1: ['macro F1', 'F1', 'higher', 'share'],
  micro_f1: ['micro F1', 'micro F1', 'higher', 'share'],
  matthews: ['Matthews correlation', 'MCC', 'higher', 'score'],
  pearson: ['Pearson correlation', 'pearson', 'higher', 'score'],
  spearman: ['Spearman correlation', 'spearman', 'higher', 'score'],
  mse: ['mean squared error', 'mse', 'lower', 'plain'],
  entity_f1: ['entity F1', 'entity F1', 'higher', 'share'],
  entity_precision: ['entity precision', 'entity precision', 'higher', 'share'],
  entity_recall: ['entity recall', 'entity recall', 'higher', 'share'],
  perplexity: ['perplexity', 'perplexity', 'lower', 'plain'],
  gpu_utilisation: ['GPU utilisation', 'GPU', null, 'share'],
  gpu_memory_bytes: ['GPU memory', 'GPU memory', 'lower', 'bytes'],
  gpu_power_watts: ['GPU power in watts', 'GPU watts', null, 'plain'],
} as const satisfies Readonly<Record<string, Entry>>;

/** A metric that this program computes. */
export type MetricName = keyof typeof own;

/** Last words of names in journals of other versions and programs. */
const foreign: Readonly<Record<string, Entry>> = {
  f1: ['F1', 'F1', 'higher', 'share'],
  precision: ['precision', 'precision', 'higher', 'share'],
  recall: ['recall', 'recall', 'higher', 'share'],
  mae: ['mean absolute error', 'mae', 'lower', 'plain'],
  rmse: ['root mean squared error', 'rmse', 'lower', 'plain'],
  error: ['error', 'error', 'lower', 'plain'],
  correlation: ['correlation', 'correlation', 'higher', 'score'],
  bytes: ['bytes', 'bytes', 'lower', 'bytes'],
  seconds: ['seconds', 'seconds', 'lower', 'seconds'],
};

const entries = new Map<string, Entry>([...Object.entries(own), ...Object.entries(foreign)]);

const mostWords = Math.max(...[...entries.keys()].map((name) => name.split('_').length));

/**
 * What is known of the metric of this name. A name that is not in the registry measures what its longest known ending
 * does: `test_accuracy` and `sentiment_accuracy` are accuracies, `eval_mse` is an error. Any other is a plain number,
 * the more the better.
 */
export function metricOf(name: string): Metric {
  const words = name.split('_');
  for (let at = Math.max(0, words.length - mostWords); at < words.length; at++) {
    const entry = entries.get(words.slice(at).join('_'));
    if (entry === undefined) continue;
    const [title, short, direction, quantity] = entry;
    const before = words.slice(0, at);
    return { name, title: [...before, title].join(' '), short: [...before, short].join(' '), direction, quantity };
  }
  const title = words.join(' ');
  return { name, title, short: title, direction: 'higher', quantity: 'plain' };
}

/** Losses and errors: the less the better. */
export const isLowerBetter = (name: string): boolean => metricOf(name).direction === 'lower';

/** What an evaluation of each task gives beside `loss`, the main metric first. */
export const taskMetrics = {
  classification: ['accuracy', 'macro_f1', 'micro_f1', 'matthews'],
  regression: ['pearson', 'spearman', 'mse'],
  'token-classification': ['entity_f1', 'entity_precision', 'entity_recall', 'accuracy'],
  'masked-lm': ['perplexity', 'accuracy'],
} as const satisfies Readonly<Record<string, readonly [MetricName, ...MetricName[]]>>;

/** Values by metric, as an evaluator gives them. */
export type MetricValues = Readonly<{ [N in MetricName]?: number }>;

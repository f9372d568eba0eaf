import { accuracy, macroF1, matthews, microF1 } from './classes.ts';
import { mse, pearson, spearman } from './correlation.ts';
import { entityF1, entityPrecision, entityRecall } from './entities.ts';
import { loss, perplexity } from './losses.ts';
import { gpuMemory, gpuPower, gpuUtilisation } from './machine.ts';
import type { Metric, MetricFacts, OutcomeKind, Outcomes } from './metric.ts';
import { bleu, exactMatch, rouge1, rouge2, rougeL } from './texts.ts';

/**
 * The metrics that this program computes. Where an outcome gives several, they come in this order, and the first is
 * watched unless told otherwise.
 */
export const metrics = [
  loss,
  entityF1,
  entityPrecision,
  entityRecall,
  perplexity,
  accuracy,
  macroF1,
  microF1,
  matthews,
  pearson,
  spearman,
  mse,
  bleu,
  rougeL,
  rouge1,
  rouge2,
  exactMatch,
  gpuUtilisation,
  gpuMemory,
  gpuPower,
] as const satisfies readonly Metric[];

/** A metric that this program computes. */
export type MetricName = (typeof metrics)[number]['name'];

/** Values by metric, as an evaluation gives them. */
export type MetricValues = Readonly<{ [N in MetricName]?: number }>;

const computedFrom = (kind: OutcomeKind) => metrics.filter((metric: Metric) => metric.compute?.[kind] !== undefined);

/** Metrics of an outcome beside `loss`, the main one first. */
export const metricsOf = (kind: OutcomeKind): readonly MetricName[] => computedFrom(kind).map(({ name }) => name);

/** Every metric of an outcome. */
export const measure = <K extends OutcomeKind>(kind: K, outcome: Outcomes[K]): MetricValues =>
  Object.fromEntries(computedFrom(kind).map((metric: Metric) => [metric.name, metric.compute![kind]!(outcome)]));

/** Last words of names in journals of other versions and programs. */
const foreign: Readonly<Record<string, Omit<MetricFacts, 'name'>>> = {
  f1: { title: 'F1', short: 'F1', direction: 'higher', quantity: 'share' },
  precision: { title: 'precision', short: 'precision', direction: 'higher', quantity: 'share' },
  recall: { title: 'recall', short: 'recall', direction: 'higher', quantity: 'share' },
  mae: { title: 'mean absolute error', short: 'mae', direction: 'lower', quantity: 'plain' },
  rmse: { title: 'root mean squared error', short: 'rmse', direction: 'lower', quantity: 'plain' },
  error: { title: 'error', short: 'error', direction: 'lower', quantity: 'plain' },
  correlation: { title: 'correlation', short: 'correlation', direction: 'higher', quantity: 'score' },
  bytes: { title: 'bytes', short: 'bytes', direction: 'lower', quantity: 'bytes' },
  seconds: { title: 'seconds', short: 'seconds', direction: 'lower', quantity: 'seconds' },
};

const entries = new Map<string, Omit<MetricFacts, 'name'>>([
  ...metrics.map((metric) => [metric.name, metric] as const),
  ...Object.entries(foreign),
]);

const mostWords = Math.max(...[...entries.keys()].map((name) => name.split('_').length));

/**
 * The facts about a metric by its name. A name that is not in the registry measures what its longest known ending
 * does: `test_accuracy` and `sentiment_accuracy` are accuracies, `eval_mse` is an error. Any other is a plain number,
 * the more the better.
 */
export function metricOf(name: string): MetricFacts {
  const words = name.split('_');
  for (let at = Math.max(0, words.length - mostWords); at < words.length; at++) {
    const entry = entries.get(words.slice(at).join('_'));
    if (entry === undefined) continue;
    const { title, short, direction, quantity, range } = entry;
    const before = words.slice(0, at);
    const facts = { title: [...before, title].join(' '), short: [...before, short].join(' '), direction, quantity };
    return { name, ...facts, ...(range && { range }) };
  }
  const title = words.join(' ');
  return { name, title, short: title, direction: 'higher', quantity: 'plain' };
}

/** Whether rows are kept as right or wrong beside a metric; true where it does not say what it is computed from. */
export function hasRightRows(name: string): boolean {
  const metric: Metric | undefined = metrics.find((known) => known.name === name);
  const from = Object.keys(metric?.compute ?? {});
  return from.length === 0 || ['classes', 'tags', 'spans'].some((kind) => from.includes(kind));
}

/** Losses and errors: the less the better. */
export const isLowerBetter = (name: string): boolean => metricOf(name).direction === 'lower';

import { type Metric, notNegative } from './metric.ts';

/** Every evaluation has it: the task's own loss, averaged over the labelled items. */
export const loss: Metric<'loss'> = {
  name: 'loss',
  title: 'loss',
  short: 'loss',
  direction: 'lower',
  quantity: 'plain',
  range: notNegative,
  definition: 'Mean loss of the labelled items: cross entropy, for numbers the squared error, in the unit of the file.',
};

export const perplexity: Metric<'perplexity'> = {
  name: 'perplexity',
  title: 'perplexity',
  short: 'perplexity',
  direction: 'lower',
  quantity: 'plain',
  range: { low: 1, high: Number.POSITIVE_INFINITY },
  definition: 'e to the mean loss of the tokens to predict.',
  compute: { tokens: (outcome) => Math.exp(outcome.loss) },
};

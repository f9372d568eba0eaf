import type { Metric } from './metric.ts';
import type { SpanCounts } from './spans.ts';

const precisionOf = ({ hits, predicted }: SpanCounts): number => (predicted > 0 ? hits / predicted : 0);
const recallOf = ({ hits, expected }: SpanCounts): number => (expected > 0 ? hits / expected : 0);

/** @see seqeval `f1_score` */
export const entityF1: Metric<'entity_f1'> = {
  name: 'entity_f1',
  title: 'entity F1',
  short: 'entity F1',
  direction: 'higher',
  quantity: 'share',
  definition: '2·precision·recall / (precision + recall) over all entities; 0 where undefined.',
  compute: {
    spans(counts) {
      const [precision, recall] = [precisionOf(counts), recallOf(counts)];
      return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
    },
  },
};

/** @see seqeval `precision_score` */
export const entityPrecision: Metric<'entity_precision'> = {
  name: 'entity_precision',
  title: 'entity precision',
  short: 'entity precision',
  direction: 'higher',
  quantity: 'share',
  definition: 'Share of the predicted entities whose type, start and end are right.',
  compute: { spans: precisionOf },
};

/** @see seqeval `recall_score` */
export const entityRecall: Metric<'entity_recall'> = {
  name: 'entity_recall',
  title: 'entity recall',
  short: 'entity recall',
  direction: 'higher',
  quantity: 'share',
  definition: 'Share of the true entities that are predicted with type, start and end.',
  compute: { spans: recallOf },
};

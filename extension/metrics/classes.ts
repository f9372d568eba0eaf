import type { ClassCounts } from './confusionMatrix.ts';
import type { Metric } from './metric.ts';

const rightShare = (matrix: ClassCounts): number => matrix.hits / matrix.total;

/** @see scikit-learn `accuracy_score`; of tags, seqeval `accuracy_score` */
export const accuracy: Metric<'accuracy'> = {
  name: 'accuracy',
  title: 'accuracy',
  short: 'acc',
  direction: 'higher',
  quantity: 'share',
  definition: 'Share of the items (texts, tags or tokens to predict) that are predicted right.',
  compute: {
    classes: rightShare,
    tags: rightShare,
    spans: ({ rightTags, tags }) => rightTags / tags,
    tokens: ({ right, count }) => right / count,
  },
};

/** @see scikit-learn `f1_score(average='macro')` over the classes that occur */
const meanF1 = ({ scores }: ClassCounts): number => {
  const present = scores.filter(({ support, predicted }) => support + predicted > 0);
  return present.reduce((sum, { f1 }) => sum + f1, 0) / present.length;
};

export const macroF1: Metric<'macro_f1'> = {
  name: 'macro_f1',
  title: 'macro F1',
  short: 'F1',
  direction: 'higher',
  quantity: 'share',
  definition: 'Mean of F1 = 2·tp / (predicted + support) over the classes that occur, truly or as predicted.',
  compute: { classes: meanF1, tags: meanF1 },
};

export const microF1: Metric<'micro_f1'> = {
  name: 'micro_f1',
  title: 'micro F1',
  short: 'micro F1',
  direction: 'higher',
  quantity: 'share',
  definition: 'F1 over all decisions; equal to accuracy where each item has one class.',
  compute: { classes: rightShare },
};

/** @see scikit-learn `matthews_corrcoef`; Gorodkin 2004 for R_K over K classes */
export const matthews: Metric<'matthews'> = {
  name: 'matthews',
  title: 'Matthews correlation',
  short: 'MCC',
  direction: 'higher',
  quantity: 'score',
  definition: 'Correlation of true and predicted classes (R_K over K classes), −1 … 1; 0 where it is undefined.',
  compute: {
    classes({ scores, total, hits }) {
      if (total === 0) return Number.NaN;
      const dot = (f: (score: (typeof scores)[number]) => number) => scores.reduce((sum, score) => sum + f(score), 0);
      const covariance = hits * total - dot((s) => s.support * s.predicted);
      const truthVariance = total * total - dot((s) => s.support * s.support);
      const predictedVariance = total * total - dot((s) => s.predicted * s.predicted);
      const spread = Math.sqrt(truthVariance) * Math.sqrt(predictedVariance);
      return spread === 0 ? 0 : covariance / spread;
    },
  },
};

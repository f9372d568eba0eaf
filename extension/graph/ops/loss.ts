import { lastDim, leadingDims, sameShape } from '../dims.ts';
import { applier, demand, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';
import { multiply } from './elementwise.ts';

/** The label of positions that do not count in `crossEntropy`. */
export const ignoredLabel = -100;

const demandLabels = (logits: Value, labels: Value) =>
  demand(sameShape(leadingDims(logits.shape), labels.shape), 'logits[…,C] need labels[…]');

/** Ops that compare logits with labels. */
export const lossOps = {
  /**
   * logits[…,C], labels i64[…] (−100: ignored) → summed loss f32[], logProbabilities[…,C].
   * Σ over labelled positions of −(1−ε)·log p(label) − ε/C·Σ log p(c), ε = smoothing.
   */
  crossEntropy: opWith<{ readonly smoothing: number }>()({
    inputs: { logits: 'f32', labels: 'i64' },
    infer: ({ logits, labels }) => {
      demandLabels(logits, labels);
      return { y: f32([]), logProbabilities: f32(logits.shape) };
    },
    gradient: ({ labels }, { dy, attributes, outputs: { logProbabilities } }) => ({
      logits: crossEntropyGrad(dy, logProbabilities, labels, attributes.smoothing),
    }),
  }),
  /** dLoss f32[], logProbabilities, labels → gradient of the logits. */
  crossEntropyGrad: opWith<{ readonly smoothing: number }>()({
    inputs: { dLoss: 'f32', logProbabilities: 'f32', labels: 'i64' },
    infer: ({ logProbabilities }) => ({ y: f32(logProbabilities.shape) }),
    gradient: partOfGradient,
  }),
  /**
   * x[M,D], weight[V,D], labels i64[M] → y f32[], the summed cross entropy of the logits x·weightᵀ, its gradient dx[M,D],
   * and how many labels are the class of the largest logit. Computed for max(leastRows, ⌈M/chunks⌉) rows after the
   * other, gradient included, so that no more logits are there at once.
   */
  headLoss: opWith<{ readonly chunks: number; readonly leastRows: number; readonly smoothing: number }>()({
    inputs: { x: 'f32', weight: 'f32', labels: 'i64' },
    infer: ({ x, weight, labels }, { chunks, leastRows }) => {
      demand(x.shape.length === 2 && sameShape(leadingDims(x.shape), labels.shape), 'x[M,D] needs labels[M]');
      demand(weight.shape.length === 2 && lastDim(weight.shape) === lastDim(x.shape), 'x[M,D] needs weight[V,D]');
      const isCount = (number: number) => Number.isInteger(number) && number >= 1;
      demand(isCount(chunks) && isCount(leastRows), 'chunks and leastRows must be whole numbers from 1');
      return { y: f32([]), dx: f32(x.shape), correct: f32([]) };
    },
    gradient: (_, { dy, needs, outputs: { dx } }) => {
      if (needs('weight')) {
        throw new TypeError('headLoss: the weight must be frozen; use crossEntropy of a linear to train it');
      }
      return { x: multiply(dx, dy) };
    },
  }),
  /** logits[…,C], labels i64[…] → f32[]: how many labels are the class of the largest logit; ignored ones are none. */
  correctCount: op({
    inputs: { logits: 'f32', labels: 'i64' },
    infer: ({ logits, labels }) => {
      demandLabels(logits, labels);
      return { y: f32([]) };
    },
    gradient: { none: 'it counts' },
  }),
};

const apply = applier(lossOps);

export const crossEntropy = (logits: Value, labels: Value, smoothing = 0): Value =>
  apply('crossEntropy', { logits, labels }, { smoothing }).y;
const crossEntropyGrad = (dLoss: Value, logProbabilities: Value, labels: Value, smoothing: number): Value =>
  apply('crossEntropyGrad', { dLoss, logProbabilities, labels }, { smoothing }).y;

/** The summed loss, and how many labels are predicted right. */
export function headLoss(
  x: Value,
  weight: Value,
  labels: Value,
  { chunks = 1, leastRows = 1, smoothing = 0 } = {},
): { readonly loss: Value; readonly correct: Value } {
  const { y, correct } = apply('headLoss', { x, weight, labels }, { chunks, leastRows, smoothing });
  return { loss: y, correct };
}

export const correctCount = (logits: Value, labels: Value): Value => apply('correctCount', { logits, labels }).y;

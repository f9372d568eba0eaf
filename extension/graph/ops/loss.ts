import { leadingDims, sameShape } from '../dims.ts';
import { applier, demand, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';

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
export const correctCount = (logits: Value, labels: Value): Value => apply('correctCount', { logits, labels }).y;

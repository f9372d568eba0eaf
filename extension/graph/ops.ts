import { attentionOps } from './ops/attention.ts';
import { dropoutOps } from './ops/dropout.ts';
import { elementwiseOps } from './ops/elementwise.ts';
import { linearOps } from './ops/linear.ts';
import { lossOps } from './ops/loss.ts';
import { normOps } from './ops/norm.ts';
import { rotaryOps } from './ops/rotary.ts';
import { rowOps } from './ops/rows.ts';
import { shapeOps } from './ops/shape.ts';
import { sourceOps } from './ops/sources.ts';

export { attention, cachedAttention } from './ops/attention.ts';
export { type DropoutSite, dropout } from './ops/dropout.ts';
export {
  add,
  affine,
  divide,
  gelu,
  multiply,
  relu,
  sigmoid,
  silu,
  subtract,
  tanh,
  toFloat,
} from './ops/elementwise.ts';
export { linear, matmul } from './ops/linear.ts';
export { correctCount, crossEntropy, headLoss, ignoredLabel } from './ops/loss.ts';
export { layerNorm, rmsNorm, softmax } from './ops/norm.ts';
export { rotary } from './ops/rotary.ts';
export { distanceRows, embedding, pickRows } from './ops/rows.ts';
export {
  concat,
  expandLike,
  mergeHeads,
  reshape,
  skew,
  slice,
  splitHeads,
  sum,
  sumLike,
  transpose,
} from './ops/shape.ts';
export { constant, input, parameter } from './ops/sources.ts';

/**
 * Every op. Ops are as coarse as the things engines have fast forms for; each engine lowers them as it likes (fused
 * attention, int8 frozen linears), so that small ops never need to be recognised as big ones.
 */
export const ops = {
  ...sourceOps,
  ...elementwiseOps,
  ...linearOps,
  ...normOps,
  ...attentionOps,
  ...rotaryOps,
  ...dropoutOps,
  ...rowOps,
  ...shapeOps,
  ...lossOps,
};

export type OpName = keyof typeof ops;

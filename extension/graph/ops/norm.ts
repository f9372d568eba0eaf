import { lastDim, leadingDims, sameShape } from '../dims.ts';
import { applier, demand, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';
import { affine, multiply, subtract } from './elementwise.ts';
import { sum } from './shape.ts';

/** Ops that bring each row of the last axis to one scale. */
export const normOps = {
  /** Over the last axis. */
  softmax: op({
    inputs: { x: 'f32' },
    infer: ({ x }) => ({ y: f32(x.shape) }),
    gradient: (_, { dy, outputs: { y } }) => ({ x: softmaxGradient(dy, y) }),
  }),
  /** x[…,D], gain[D], bias?[D] → y[…,D], normalized x̂[…,D], inverseDeviation[…,1]; y = x̂·gain + bias. */
  layerNorm: opWith<{ readonly epsilon: number }>()({
    inputs: { x: 'f32', gain: 'f32', bias: 'f32?' },
    infer: ({ x, gain, bias }) => {
      demand(sameShape(gain.shape, [lastDim(x.shape)]), 'gain must be [D]');
      demand(!bias || sameShape(bias.shape, gain.shape), 'bias must be [D]');
      return { y: f32(x.shape), normalized: f32(x.shape), inverseDeviation: f32([...leadingDims(x.shape), 1]) };
    },
    // The norm itself sees dx̂ = dy·gain.
    gradient: ({ gain, bias }, { dy, needs, outputs: { normalized, inverseDeviation } }) => ({
      x: needs('x') ? layerNormGrad(multiply(dy, gain), normalized, inverseDeviation) : undefined,
      gain: needs('gain') ? multiply(dy, normalized) : undefined,
      bias: bias && dy,
    }),
  }),
  /**
   * x[…,D], gain[D] → y[…,D], inverse[…,1]; y = x·inverse·gain, inverse = 1/√(mean(x²) + ε).
   * @see Zhang, Sennrich, "Root Mean Square Layer Normalization", arXiv 1910.07467, section 4
   */
  rmsNorm: opWith<{ readonly epsilon: number }>()({
    inputs: { x: 'f32', gain: 'f32' },
    infer: ({ x, gain }) => {
      demand(sameShape(gain.shape, [lastDim(x.shape)]), 'gain must be [D]');
      return { y: f32(x.shape), inverse: f32([...leadingDims(x.shape), 1]) };
    },
    // With x̂ = x·inverse and dx̂ = dy·gain: dx = inverse·(dx̂ − x̂·mean(dx̂·x̂)), dgain = Σ dy·x̂.
    gradient: ({ x, gain }, { dy, needs, outputs: { inverse } }) => {
      const normalized = multiply(x, inverse);
      const dNormalized = multiply(dy, gain);
      const axis = x.shape.length - 1;
      const mean = (value: Value) => affine(sum(value, [axis], true), 1 / (x.shape[axis] as number));
      const projection = () => multiply(normalized, mean(multiply(dNormalized, normalized)));
      return {
        x: needs('x') ? multiply(subtract(dNormalized, projection()), inverse) : undefined,
        gain: needs('gain') ? multiply(dy, normalized) : undefined,
      };
    },
  }),
  /** dx̂[…,D], x̂, inverseDeviation → gradient of x: inverseDeviation·(dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)). */
  layerNormGrad: op({
    inputs: { dNormalized: 'f32', normalized: 'f32', inverseDeviation: 'f32' },
    infer: ({ dNormalized }) => ({ y: f32(dNormalized.shape) }),
    gradient: partOfGradient,
  }),
};

const apply = applier(normOps);

export const softmax = (x: Value): Value => apply('softmax', { x }).y;
export const layerNorm = (x: Value, gain: Value, bias: Value | undefined, epsilon: number): Value =>
  apply('layerNorm', { x, gain, bias }, { epsilon }).y;
export const rmsNorm = (x: Value, gain: Value, epsilon: number): Value => apply('rmsNorm', { x, gain }, { epsilon }).y;
const layerNormGrad = (dNormalized: Value, normalized: Value, inverseDeviation: Value): Value =>
  apply('layerNormGrad', { dNormalized, normalized, inverseDeviation }).y;

/** y·(dy − Σ dy·y) over the last axis */
export function softmaxGradient(dy: Value, y: Value): Value {
  const total = sum(multiply(dy, y), [y.shape.length - 1], true);
  return multiply(subtract(dy, total), y);
}

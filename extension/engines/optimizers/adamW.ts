import { kernelOf } from './kernel.ts';
import type { Optimizer } from './optimizer.ts';

interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * AdamW, as `torch.optim.AdamW`:
 * p ← p·(1 − lr·λ) · m ← β₁m + (1 − β₁)g · v ← β₂v + (1 − β₂)g² ·
 * p ← p − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε).
 * Computed in double precision and stored as f32: slots and values are never kept in fewer bits.
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2
 */
export function adamW({ beta1, beta2, epsilon }: AdamWSettings): Optimizer {
  return {
    name: 'adamw',
    settings: { beta1, beta2, epsilon },
    init: (length, zeros = (length) => new Float32Array(length)) => ({
      moment1: zeros(length),
      moment2: zeros(length),
    }),
    update(values, gradient, slots, { step, learningRate, weightDecay, gradientFactor }) {
      const { moment1, moment2 } = slots as { moment1: Float32Array; moment2: Float32Array };
      const decay = 1 - learningRate * weightDecay;
      const stepSize = learningRate / (1 - beta1 ** step);
      const correction = 1 / Math.sqrt(1 - beta2 ** step);
      const { length } = values;
      // Local, so that they stay in registers.
      const [keep1, take1, keep2, take2, least] = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
      const kernel = kernelOf(values, gradient, moment1, moment2);
      const done = kernel ? length - (length % 2) : 0;
      if (kernel) {
        const { byteOffset: first } = values;
        const [g, m, v] = [gradient.byteOffset, moment1.byteOffset, moment2.byteOffset];
        const [factor, end] = [gradientFactor, first + 4 * done];
        kernel.adamW(first, end, g, m, v, factor, keep1, take1, keep2, take2, decay, stepSize, correction, least);
      }
      for (let i = done; i < length; i++) {
        const g = gradient[i]! * gradientFactor;
        const m = keep1 * moment1[i]! + take1 * g;
        const v = keep2 * moment2[i]! + take2 * g * g;
        moment1[i] = m;
        moment2[i] = v;
        values[i] = values[i]! * decay - (stepSize * m) / (Math.sqrt(v) * correction + least);
      }
    },
    rest(values, { learningRate, weightDecay }) {
      const decay = 1 - learningRate * weightDecay;
      if (decay !== 1) for (let i = 0; i < values.length; i++) values[i]! *= decay;
    },
  };
}

/** AdamW with the settings of every run. */
export const defaultAdamW = adamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });

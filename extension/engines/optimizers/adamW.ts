/** Settings of one AdamW update. */
export interface AdamWUpdate {
  /** Number of this update, from 1: for bias correction. */
  readonly step: number;
  /** Schedule included. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** The gradient is multiplied by this first (clipping). */
  readonly gradientFactor: number;
}

/** One tensor and what the optimizer keeps for it; all f32 of equal length. */
export interface AdamWTensor {
  readonly values: Float32Array;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
}

/**
 * One AdamW update in place, as `torch.optim.AdamW`:
 * p ← p·(1 − lr·λ) · m ← β₁m + (1 − β₁)g · v ← β₂v + (1 − β₂)g² ·
 * p ← p − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε).
 * Computed in double precision and stored as f32: state and values are never kept in fewer bits.
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2
 */
export function adamW({ values, moment1, moment2 }: AdamWTensor, gradient: Float32Array, update: AdamWUpdate): void {
  const { step, learningRate, weightDecay, beta1, beta2, epsilon, gradientFactor } = update;
  const decay = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i]! * gradientFactor;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    values[i] = values[i]! * decay - (stepSize * m) / (Math.sqrt(v) * correction + epsilon);
  }
}

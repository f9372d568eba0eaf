import * as ops from '../graph/ops.ts';
import type { Part } from './part.ts';

/**
 * (x − mean)/√(variance + ε)·gain + bias over the last axis, the bias unless left out; gain is called `weight`, as in
 * PyTorch.
 * @see Ba et al., "Layer Normalization", arXiv 1607.06450
 */
export const layerNorm = (width: number, epsilon: number, { bias = true } = {}): Part => ({
  tensors: [
    { name: 'weight', shape: [width], role: 'gain' },
    ...(bias ? [{ name: 'bias', shape: [width], role: 'bias' } as const] : []),
  ],
  forward: (tensor, x) => ops.layerNorm(x, tensor('weight'), bias ? tensor('bias') : undefined, epsilon),
});

/**
 * x/√(mean(x²) + ε)·gain over the last axis: no mean is taken away, no bias added.
 * @see Zhang and Sennrich, "Root Mean Square Layer Normalization", arXiv 1910.07467
 */
export const rmsNorm = (width: number, epsilon: number): Part => ({
  tensors: [{ name: 'weight', shape: [width], role: 'gain' }],
  forward: (tensor, x) => ops.rmsNorm(x, tensor('weight'), epsilon),
});

/** A norm of each head by itself, with one gain for all of them: x[B,S,H·E] → the same shape. */
export const headNorm = (norm: Part, heads: number): Part => ({
  tensors: norm.tensors,
  forward: (tensor, x) => {
    const [batch, sequence, width] = x.shape;
    const split = ops.reshape(x, [batch!, sequence!, heads, (width as number) / heads]); // [B,S,H,E]
    return ops.reshape(norm.forward(tensor, split), x.shape);
  },
});

import * as ops from '../graph/ops.ts';
import type { Part } from './part.ts';

/**
 * (x − mean)/√(variance + ε)·gain + bias over the last axis; gain is called `weight`, as in PyTorch.
 * @see Ba et al., "Layer Normalization", arXiv 1607.06450
 */
export const layerNorm = (width: number, epsilon: number): Part => ({
  tensors: [
    { name: 'weight', shape: [width], role: 'gain' },
    { name: 'bias', shape: [width], role: 'bias' },
  ],
  forward: (tensor, x) => ops.layerNorm(x, tensor('weight'), tensor('bias'), epsilon),
});

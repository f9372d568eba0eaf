import * as ops from '../graph/ops.ts';
import type { Part } from './part.ts';

/** x[…,in] → x·weightᵀ + bias, [...,out]; weight[out,in], and bias[out] unless left out. */
export const linear = (inputs: number, outputs: number, { bias = true } = {}): Part => ({
  tensors: [
    { name: 'weight', shape: [outputs, inputs], role: 'weight' },
    ...(bias ? [{ name: 'bias', shape: [outputs], role: 'bias' } as const] : []),
  ],
  forward: (tensor, x) => ops.linear(x, tensor('weight'), bias ? tensor('bias') : undefined),
});

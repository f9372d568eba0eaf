import { describe, expect, it } from 'vitest';
import { gradients } from '../../extension/graph/gradients.ts';
import {
  crossEntropy,
  dropout,
  input,
  layerNorm,
  linear,
  multiply,
  parameter,
  slice,
} from '../../extension/graph/ops.ts';
import { printGraph } from '../../extension/graph/print.ts';

describe('printGraph', () => {
  it('prints one node a line with names, attributes and types', () => {
    const x = input('x', 'f32', ['B', 'S', 4]);
    const { y, kept } = dropout(x, input('dropout_offsets', 'i64', [1]), { rate: 0.1, site: 0 }).node.outputs;
    const logits = linear(slice(y!, 1, 0, 1), parameter('head.weight', [2, 4], true));
    expect(printGraph({ outputs: { logits, kept: kept! } })).toMatchInlineSnapshot(`
      "x = input() : f32[B,S,4]
      dropout_offsets = input() : i64[1]
      %0, %1 = dropout(x, dropout_offsets) {rate: 0.1, site: 0} : f32[B,S,4], bool[B,S,4]
      %2 = slice(%0) {axis: 1, start: 0, end: 1} : f32[B,1,4]
      head.weight = parameter() {trainable} : f32[2,4]
      %3 = linear(%2, head.weight, none) : f32[B,1,2]
      return logits = %3, kept = %1
      "
    `);
  });

  it('shows the gradients of a tuned norm over a frozen linear', () => {
    const x = input('x', 'f32', ['B', 4]);
    const hidden = linear(x, parameter('frozen.weight', [4, 4], false));
    const gain = parameter('norm.weight', [4], true);
    const bias = parameter('norm.bias', [4], true);
    const logits = linear(layerNorm(hidden, gain, bias, 1e-5), parameter('head.weight', [2, 4], false));
    const summed = crossEntropy(logits, input('labels', 'i64', ['B']));
    const loss = multiply(summed, input('loss_scale', 'f32', []));
    const [dGain, dBias] = gradients(loss, [gain, bias]);
    expect(printGraph({ outputs: { loss, dGain: dGain!, dBias: dBias! } })).toMatchInlineSnapshot(`
      "x = input() : f32[B,4]
      frozen.weight = parameter() : f32[4,4]
      %0 = linear(x, frozen.weight, none) : f32[B,4]
      norm.weight = parameter() {trainable} : f32[4]
      norm.bias = parameter() {trainable} : f32[4]
      %1, %2, %3 = layerNorm(%0, norm.weight, norm.bias) {epsilon: 0.00001} : f32[B,4], f32[B,4], f32[B,1]
      head.weight = parameter() : f32[2,4]
      %4 = linear(%1, head.weight, none) : f32[B,2]
      labels = input() : i64[B]
      %5, %6 = crossEntropy(%4, labels) {smoothing: 0} : f32[], f32[B,2]
      loss_scale = input() : f32[]
      %7 = multiply(%5, loss_scale) : f32[]
      %8 = constant() {value: 1} : f32[]
      %9 = multiply(%8, loss_scale) : f32[]
      %10 = crossEntropyGrad(%9, %6, labels) {smoothing: 0} : f32[B,2]
      %11 = linearInputGrad(%10, head.weight) : f32[B,4]
      %12 = multiply(%11, %2) : f32[B,4]
      %13 = sumLike(%12, norm.weight) : f32[4]
      %14 = sumLike(%11, norm.bias) : f32[4]
      return loss = %7, dGain = %13, dBias = %14
      "
    `);
  });
});

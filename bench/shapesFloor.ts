/**
 * A contender of bench/shapes.ts: the matrix products of an fp32 LN-tuning step and nothing else (pooler trained, last
 * block for the first token alone), each shape as a graph of one operation whose weights are laid out. Each counts with its best time so far: a floor.
 */

import { createInterface } from 'node:readline';
import { GraphSession } from '../extension/engines/onnx/graphSession.ts';
import { toEngine } from '../extension/engines/onnx/native/session.ts';
import { placeWeights } from '../extension/engines/onnx/weights/weights.ts';
import { inputsOf } from '../extension/graph/node.ts';
import { applyDefinition } from '../extension/graph/op.ts';
import { input, linear, matmul, ops, parameter } from '../extension/graph/ops.ts';
import { elements, type FrozenTensor, type Tensor } from '../extension/graph/tensor.ts';
import type { Value } from '../extension/graph/value.ts';
import type { EncoderDimensions } from '../extension/models/architecture/encoder.ts';
import { openWeightsForTwoClasses } from './lnTuning.ts';

const [, folder, batchText, lengthText, threads] = process.argv.slice(2);
const [batch, length] = [Number(batchText), Number(lengthText)];
const { layers, hidden, heads, ffn } = (await openWeightsForTwoClasses(folder!)).outline
  .dimensions as EncoderDimensions;
const tokens = batch * length;
const ofHead = hidden / heads;

/** The product of one op, over tensors of ones; how often a step takes it. */
interface Product {
  readonly y: Value;
  readonly times: number;
}

const weight = (out: number, inner: number) => parameter('w', [out, inner], false);
const forward = (inner: number, out: number, times: number): Product => ({
  y: linear(input('x', 'f32', [tokens, inner]), weight(out, inner)),
  times,
});
const backward = (inner: number, out: number, times: number): Product => ({
  y: applyDefinition(
    'linearInputGrad',
    ops.linearInputGrad,
    { dy: input('x', 'f32', [tokens, out]), weight: weight(out, inner) },
    {},
  ).outputs.y!,
  times,
});
const headed = (name: string, width: number) => input(name, 'f32', [batch, heads, length, width]);
const blocks = layers - 1;
const products: readonly Product[] = [
  // Query, key, value and output of the whole blocks; key and value of the last one.
  forward(hidden, hidden, 4 * blocks + 2),
  backward(hidden, hidden, 4 * blocks + 2),
  forward(hidden, ffn, blocks),
  backward(hidden, ffn, blocks),
  forward(ffn, hidden, blocks),
  backward(ffn, hidden, blocks),
  // Scores and their like in the backward pass; the others.
  { y: matmul(headed('x', ofHead), headed('z', ofHead), false, true), times: 2 * blocks },
  { y: matmul(headed('x', length), headed('z', ofHead)), times: 4 * blocks },
];

const ones = (shape: readonly number[]): Float32Array => new Float32Array(elements(shape)).fill(0.5);
const ready = await Promise.all(
  products.map(async ({ y, times }) => {
    const frozen = new Map<string, FrozenTensor>();
    const feeds: Record<string, Tensor> = {};
    for (const value of inputsOf(y.node)) {
      const shape = value.shape as number[];
      if (value.node.op === 'parameter') frozen.set('w', { kind: 'memory', data: ones(shape), shape });
      else
        feeds['name' in value.node.attributes ? String(value.node.attributes.name) : ''] = {
          dtype: 'f32',
          shape,
          data: ones(shape),
        };
    }
    // Written into the model, so that the engine can lay them out.
    const placed = [...placeWeights(frozen).byName].map(
      ([name, placement]) =>
        [name, placement.kind === 'fed' ? { ...placement, kind: 'embedded' as const } : placement] as const,
    );
    const placements = { folder: undefined, byName: new Map(placed) };
    const session = await GraphSession.open(
      { graph: { outputs: { y } }, placements, trainable: new Map(), seed: 1 },
      { threads: Number(threads), prepack: true },
    );
    return {
      session,
      feeds,
      times,
      bestMs: Number.POSITIVE_INFINITY,
      into: { y: toEngine({ dtype: 'f32', shape: y.shape as number[], data: ones(y.shape as number[]) }) },
    };
  }),
);

for await (const _ of createInterface({ input: process.stdin })) {
  let ms = 0;
  for (const product of ready) {
    for (let i = 0; i < Math.min(product.times, 4); i++) {
      const started = performance.now();
      await product.session.run(product.feeds, product.into);
      product.bestMs = Math.min(product.bestMs, performance.now() - started);
    }
    ms += product.times * product.bestMs;
  }
  console.log(JSON.stringify({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}
for (const { session } of ready) await session.close();

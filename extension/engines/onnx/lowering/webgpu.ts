import type { Shape, Value } from '../../../graph/value.ts';
import { attentionBy } from './attention.ts';
import type { OnnxBuilder } from './builder.ts';
import { lossLoweringsBy } from './loss.ts';
import type { LoweringTable } from './lowering.ts';
import { labelled, reduce } from './nodeSequences.ts';

/**
 * Ops in words that WebGPU has kernels for. It has none for FusedMatMul, LogSoftmax and NegativeLogLikelihoodLoss: left
 * as they are, their inputs would travel to the host and back at every step.
 */
export const webgpuLowerings = {
  silu: ({ builder, inputs: { x } }) => builder.node('Mul', [x, builder.node('Sigmoid', [x])]),
  rmsNorm: ({ node, builder, inputs: { x, gain } }) => {
    const squares = builder.node('ReduceMean', [builder.node('Mul', [x, x]), builder.integers([-1])], { keepdims: 1 });
    const guarded = builder.node('Add', [squares, builder.float(node.attributes.epsilon)]);
    const inverse = builder.node('Reciprocal', [builder.node('Sqrt', [guarded])]);
    return { y: builder.node('Mul', [builder.node('Mul', [x, inverse]), gain]), inverse };
  },
  // Gemm reads the weight [out,in] as it lies in the file, but takes matrices only.
  linear: ({ node, builder, inputs: { x, weight, bias } }) => {
    const { shape } = node.inputs.x;
    const inner = builder.integers([-1, shape.at(-1) as number]);
    const rows = shape.length === 2 ? x : builder.node('Reshape', [x, inner]); // [N,in]
    const product = builder.node('Gemm', bias === undefined ? [rows, weight] : [rows, weight, bias], { transB: 1 }); // [N,out]
    if (shape.length === 2) return product;
    return builder.node('Reshape', [product, withLastAxis(builder, x, shape, node.outputs.y.shape.at(-1) as number)]);
  },
  matmul: ({ node, builder, inputs: { a, b } }) => {
    const { transposeA, transposeB } = node.attributes;
    const turned = (name: string, { shape }: Value, turn: boolean) =>
      turn ? turnLast(builder, name, shape.length) : name;
    return builder.node('MatMul', [turned(a, node.inputs.a, transposeA), turned(b, node.inputs.b, transposeB)]);
  },
  // The query is scaled: it is smaller than the products.
  attention: attentionBy((builder, query, key, scale) =>
    builder.node('MatMul', [builder.node('Mul', [query, builder.float(scale)]), turnLast(builder, key, 4)]),
  ),
  ...lossLoweringsBy({
    product: ({ builder }, x, weight, of) => builder.node('Gemm', [of(x), weight], { transB: 1 }),
    // x − max − log Σ exp(x − max)
    logSoftmax: (builder, logits) => {
      const last = builder.integers([-1]);
      const shifted = builder.node('Sub', [logits, builder.node('ReduceMax', [logits, last], { keepdims: 1 })]);
      const total = builder.node('ReduceSum', [builder.node('Exp', [shifted]), last], { keepdims: 1 });
      return builder.node('Sub', [shifted, builder.node('Log', [total])]);
    },
    likelihood: (builder, rows, targets) => {
      const places = builder.node('Unsqueeze', [
        builder.node('Max', [targets, builder.integers(0)]),
        builder.integers([1]),
      ]); // [N,1]
      const picked = builder.node('GatherElements', [rows, places], { axis: 1 }); // [N,1]
      const counted = builder.node('Mul', [picked, labelled(builder, targets, [1])]);
      return builder.node('Neg', [reduce(builder, counted, [0, 1], false)]);
    },
    loops: false,
  }),
} satisfies Partial<LoweringTable>;

/** The last two axes of a tensor of `rank` axes change places. */
function turnLast(builder: OnnxBuilder, x: string, rank: number): string {
  const perm = [...Array(rank).keys()];
  return builder.node('Transpose', [x], { perm: [...perm.slice(0, -2), rank - 1, rank - 2] });
}

/** The shape of x with another last axis: i64[rank]. */
function withLastAxis(builder: OnnxBuilder, x: string, shape: Shape, size: number): string {
  const leading = shape.slice(0, -1);
  const open = leading.filter((dim) => typeof dim === 'string').length;
  if (open <= 1) return builder.integers([...leading.map((dim) => (typeof dim === 'string' ? -1 : dim)), size]);
  return builder.node('Concat', [builder.node('Shape', [x], { end: -1 }), builder.integers([size])], { axis: 0 });
}

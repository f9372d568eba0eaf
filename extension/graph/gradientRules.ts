import {
  affine,
  apply,
  divide,
  expandLike,
  matmul,
  mergeHeads,
  multiply,
  type OpName,
  reshape,
  splitHeads,
  sum,
  transpose,
} from './ops.ts';
import type { Node, Value } from './value.ts';

/** What a rule may look at. */
export interface RuleContext<O extends OpName> {
  readonly node: Node<O>;
  /** The node's inputs. */
  readonly inputs: readonly Value[];
  /** The node's first output: the only one that a gradient can arrive at. */
  readonly y: Value;
  /** Gradient of the loss with respect to `y`. */
  readonly dy: Value;
  /** Whether the gradient of input `i` is wanted; a rule builds nothing for an input that is not. */
  needs(i: number): boolean;
}

/**
 * Gradients of the inputs, in order; `undefined` where none is wanted or none exists (indices, shapes). A gradient may
 * have the shape that the input was broadcast to: the driver sums it down.
 */
export type Rule<O extends OpName> = (context: RuleContext<O>) => readonly (Value | undefined)[];

/** A rule, or the reason why the op has none. */
export type GradientRule<O extends OpName> = Rule<O> | { readonly none: string };

const source = { none: 'it has no inputs' } as const;
const second = { none: 'it is itself part of a gradient; gradients of gradients are not taken' } as const;

/** One rule per op, written in the graph's own ops: exhaustive by type, so that an op without an entry does not compile. */
export const gradientRules: { readonly [O in OpName]: GradientRule<O> } = {
  input: source,
  parameter: source,
  constant: source,

  add: ({ dy }) => [dy, dy],
  subtract: ({ dy, needs }) => [dy, needs(1) ? affine(dy, -1) : undefined],
  multiply: ({ inputs: [a, b], dy, needs }) => [
    needs(0) ? multiply(dy, b!) : undefined,
    needs(1) ? multiply(dy, a!) : undefined,
  ],
  // d(a/b)/db = −(a/b)/b
  divide: ({ inputs: [, b], y, dy, needs }) => [
    needs(0) ? divide(dy, b!) : undefined,
    needs(1) ? affine(divide(multiply(dy, y), b!), -1) : undefined,
  ],
  affine: ({ node, dy }) => [affine(dy, node.attributes.factor)],
  // 1 − y²
  tanh: ({ y, dy }) => [multiply(dy, affine(multiply(y, y), -1, 1))],
  relu: ({ y, dy }) => [apply('reluGrad', [dy, y], {}).outputs[0]],
  reluGrad: second,
  // y·(1 − y)
  sigmoid: ({ y, dy }) => [multiply(dy, multiply(y, affine(y, -1, 1)))],
  gelu: ({ node, inputs: [x], dy }) => [apply('geluGrad', [dy, x], node.attributes).outputs[0]],
  geluGrad: second,
  toFloat: { none: 'integers and truth values do not vary continuously' },

  // A frozen weight asks for dy and the weight only: x need not be kept.
  linear: ({ inputs: [x, weight, bias], dy, needs }) => [
    needs(0) ? apply('linearInputGrad', [dy, weight], {}).outputs[0] : undefined,
    needs(1) ? apply('linearWeightGrad', [dy, x], {}).outputs[0] : undefined,
    bias && dy,
  ],
  linearInputGrad: second,
  linearWeightGrad: second,
  // C = A'·B' with A' = A or Aᵀ: dA' = dC·B'ᵀ, dB' = A'ᵀ·dC, transposed back where the operand was.
  matmul: ({ node, inputs: [a, b], dy, needs }) => {
    const { transposeA, transposeB } = node.attributes;
    const da = () => (transposeA ? matmul(b!, dy, transposeB, true) : matmul(dy, b!, false, !transposeB));
    const db = () => (transposeB ? matmul(dy, a!, true, transposeA) : matmul(a!, dy, !transposeA, false));
    return [needs(0) ? da() : undefined, needs(1) ? db() : undefined];
  },

  splitHeads: ({ dy }) => [mergeHeads(dy)],
  mergeHeads: ({ inputs: [x], dy }) => [splitHeads(dy, x!.shape[1] as number)],
  softmax: ({ y, dy }) => [apply('softmaxGrad', [dy, y], {}).outputs[0]],
  softmaxGrad: second,
  attention: attentionGradient,
  // y = x̂·gain + bias: the norm itself sees dx̂ = dy·gain.
  layerNorm: ({ node, inputs: [, gain], dy, needs }) => {
    const [, normalized, inverseDeviation] = node.outputs;
    return [
      needs(0) ? apply('layerNormGrad', [multiply(dy, gain!), normalized, inverseDeviation], {}).outputs[0] : undefined,
      needs(1) ? multiply(dy, normalized!) : undefined,
      dy,
    ];
  },
  layerNormGrad: second,
  dropout: ({ node, dy }) => [
    apply('dropoutGrad', [dy, node.outputs[1]], { rate: node.attributes.rate }).outputs[0],
    undefined,
  ],
  dropoutGrad: second,

  embedding: ({ inputs: [table, ids], dy }) => [
    apply('embeddingGrad', [dy, ids], { rows: table!.shape[0] as number }).outputs[0],
    undefined,
  ],
  embeddingGrad: second,

  slice: ({ node, inputs: [x], dy }) => [apply('sliceGrad', [dy, x], node.attributes).outputs[0]],
  sliceGrad: second,
  concat: ({ node, inputs: [a, b], dy }) => apply('concatGrad', [dy, a, b], node.attributes).outputs,
  concatGrad: second,
  reshape: ({ inputs: [x], dy }) => [reshape(dy, x!.shape)],
  transpose: ({ node, dy }) => {
    const { permutation } = node.attributes;
    return [
      transpose(
        dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  // `like` lends its shape only.
  expandLike: ({ dy }) => [dy, undefined],
  sumLike: ({ inputs: [x], dy }) => [expandLike(dy, x!), undefined],
  sum: ({ node, inputs: [x], dy }) => {
    const { axes, keep } = node.attributes;
    const kept = keep
      ? dy
      : reshape(
          dy,
          x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
        );
    return [expandLike(kept, x!)];
  },

  crossEntropy: ({ node, inputs: [, labels], dy }) => [
    apply('crossEntropyGrad', [dy, node.outputs[1], labels], node.attributes).outputs[0],
    undefined,
  ],
  correctCount: { none: 'it counts' },
  crossEntropyGrad: second,
};

/**
 * Gradients of attention from its saved probabilities P. With O = Pd·V, Pd = P after dropout, Z = scale·Q·Kᵀ + mask:
 * dV = Pdᵀ·dO · dPd = dO·Vᵀ · dZ = softmaxGrad(dP, P) · dQ = scale·dZ·K · dK = scale·dZᵀ·Q · dmask = Σ dZ over H, Q.
 */
function attentionGradient({ node, inputs, dy, needs }: RuleContext<'attention'>): readonly (Value | undefined)[] {
  const [query, key, value] = inputs;
  const [, probabilities, kept] = node.outputs;
  const { heads, scale, rate } = node.attributes;
  const dropped = (x: Value) => (rate === undefined ? x : apply('dropoutGrad', [x, kept], { rate }).outputs[0]!);

  const dContext = splitHeads(dy, heads); // [B,H,Q,E]
  const dValue = needs(2) ? mergeHeads(matmul(dropped(probabilities!), dContext, true)) : undefined;
  if (!needs(0) && !needs(1) && !needs(3)) return [undefined, undefined, dValue];

  const dProbabilities = dropped(matmul(dContext, splitHeads(value!, heads), false, true)); // [B,H,Q,T]
  const dScores = apply('softmaxGrad', [dProbabilities, probabilities], {}).outputs[0]!;
  return [
    needs(0) ? mergeHeads(affine(matmul(dScores, splitHeads(key!, heads)), scale)) : undefined,
    needs(1) ? mergeHeads(affine(matmul(dScores, splitHeads(query!, heads), true), scale)) : undefined,
    dValue,
    needs(3) ? sum(dScores, [1, 2]) : undefined,
  ];
}

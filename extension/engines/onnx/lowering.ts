import { ignoredLabel, type OpName } from '../../graph/ops.ts';
import type { Node, Shape } from '../../graph/value.ts';
import type { OnnxBuilder } from './builder.ts';
import { type Int8Rows, type Int8WeightNames, int8Product } from './int8Product.ts';
import {
  dimension,
  dropout,
  exactGeluDerivative,
  labelled,
  masked,
  mergeHeads,
  part,
  reduce,
  reshapeTarget,
  shapeOf,
  splitHeads,
  tanhGeluDerivative,
} from './nodeSequences.ts';

/** What a lowering may use. */
export interface LoweringContext<O extends OpName> {
  readonly node: Node<O>;
  readonly builder: OnnxBuilder;
  /** ONNX names of the node's inputs; '' for an absent one. */
  readonly inputs: readonly string[];
  /** Whether anything reads output `i`. */
  used(i: number): boolean;
  /** The pool of random bits for a dropout rate, bool[P]. */
  dropoutPool(rate: number): string;
  /** Places a parameter: an input or an initializer. */
  parameter(node: Node<'parameter'>): string;
  /** The node's weight in bytes, where it is frozen and to be multiplied so. */
  int8Weight(): Int8WeightNames | undefined;
  /** A value's rows in bytes: made once, however many weights multiply them. */
  int8Rows(x: string): Int8Rows;
}

/** ONNX names of the node's outputs; unused ones may be missing. */
export type Lowering<O extends OpName> = (context: LoweringContext<O>) => readonly string[];

/** One lowering per op: exhaustive by type, so that an op without one does not compile. */
export type LoweringTable = { readonly [O in OpName]: Lowering<O> };

/** In the words that the CPU computes fastest. */
export const lowerings: LoweringTable = {
  input: ({ node, builder }) => {
    const { name, dtype, shape } = node.attributes;
    return [builder.input(name, dtype, shape)];
  },
  parameter: ({ node, parameter }) => [parameter(node)],
  constant: ({ node, builder }) => [builder.float(node.attributes.value)],

  add: plain('Add'),
  subtract: plain('Sub'),
  multiply: plain('Mul'),
  divide: plain('Div'),
  affine: ({ node, builder, inputs }) => {
    const { factor, offset } = node.attributes;
    const scaled = factor === 1 ? inputs[0]! : builder.node('Mul', [inputs[0]!, builder.float(factor)]);
    return [offset === 0 ? scaled : builder.node('Add', [scaled, builder.float(offset)])];
  },
  tanh: plain('Tanh'),
  relu: plain('Relu'),
  reluGrad: ({ builder, inputs: [dy, y] }) => {
    const zero = builder.float(0);
    return [builder.node('Where', [builder.node('Greater', [y!, zero]), dy!, zero])];
  },
  sigmoid: plain('Sigmoid'),
  gelu: ({ node, builder, inputs }) => [
    builder.node('Gelu', inputs, { approximate: node.attributes.form === 'exact' ? 'none' : 'tanh' }),
  ],
  geluGrad: ({ node, builder, inputs: [dy, x] }) => {
    const derivative = node.attributes.form === 'exact' ? exactGeluDerivative : tanhGeluDerivative;
    return [builder.node('Mul', [dy!, derivative(builder, x!)])];
  },
  toFloat: ({ builder, inputs }) => [builder.node('Cast', inputs, { to: 1 })],

  linear: ({ builder, inputs: [x, weight, bias], int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    const product = int8
      ? int8Product(builder, int8Rows(x!), int8)
      : builder.microsoftNode('FusedMatMul', [x!, weight!], { transB: 1 });
    return [bias ? builder.node('Add', [product, bias]) : product];
  },
  linearInputGrad: ({ builder, inputs, int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    return [int8 ? int8Product(builder, int8Rows(inputs[0]!), int8) : builder.node('MatMul', inputs)];
  },
  linearWeightGrad: ({ node, builder, inputs }) => {
    const [dy, x] = inputs.map((name, i) => {
      const { shape } = node.inputs[i]!;
      return shape.length === 2
        ? name
        : builder.node('Reshape', [name, builder.integers([-1, shape.at(-1) as number])]);
    });
    return [builder.node('Gemm', [dy!, x!], { transA: 1 })]; // [out,in]
  },
  matmul: ({ node, builder, inputs }) => {
    const { transposeA, transposeB } = node.attributes;
    return [builder.microsoftNode('FusedMatMul', inputs, { transA: Number(transposeA), transB: Number(transposeB) })];
  },

  splitHeads: ({ node, builder, inputs }) => [splitHeads(builder, inputs[0]!, node.attributes.heads, node.inputs[0]!)],
  mergeHeads: ({ node, builder, inputs }) => [mergeHeads(builder, inputs[0]!, node.outputs[0]!)],
  softmax: ({ builder, inputs }) => [builder.node('Softmax', inputs, { axis: -1 })],
  softmaxGrad: ({ builder, inputs: [dy, y] }) => {
    const weighted = builder.node('Mul', [dy!, y!]);
    const total = builder.node('ReduceSum', [weighted, builder.integers([-1])], { keepdims: 1 });
    return [builder.node('Mul', [builder.node('Sub', [dy!, total]), y!])];
  },
  attention: attentionBy((builder, query, key, scale) =>
    builder.microsoftNode('FusedMatMul', [query, key], { transB: 1, alpha: { float: scale } }),
  ),
  // Where a gradient follows, x̂ itself is made, so that x need not be kept for it.
  layerNorm: ({ node, builder, inputs: [x, gain, bias], used }) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
    if (!used(1) && !used(2)) return [builder.node('LayerNormalization', [x!, gain!, bias!], attributes)];
    const ones = builder.float(1, node.inputs[1]!.shape[0] as number);
    const [normalized, , inverseDeviation] = builder.nodeWithResults('LayerNormalization', [x!, ones], 3, attributes);
    const y = builder.node('Add', [builder.node('Mul', [normalized!, gain!]), bias!]);
    return [y, normalized!, inverseDeviation!];
  },
  layerNormGrad: ({ builder, inputs: [dNormalized, normalized, inverseDeviation] }) => {
    const mean = (x: string) => builder.node('ReduceMean', [x, builder.integers([-1])], { keepdims: 1 });
    const projection = mean(builder.node('Mul', [dNormalized!, normalized!]));
    const centred = builder.node('Sub', [dNormalized!, mean(dNormalized!)]);
    const rest = builder.node('Sub', [centred, builder.node('Mul', [normalized!, projection])]);
    return [builder.node('Mul', [rest, inverseDeviation!])];
  },
  dropout: (context) =>
    dropout(context, context.inputs[0]!, context.node.inputs[0]!, context.inputs[1]!, context.node.attributes),
  dropoutGrad: ({ node, builder, inputs: [dy, kept] }) => [masked(builder, dy!, kept!, node.attributes.rate)],

  embedding: plain('Gather'),
  // ScatterElements adds in order; ScatterND would add repeated rows from several threads at once.
  embeddingGrad: ({ node, builder, inputs: [dy, ids] }) => {
    const { rows } = node.attributes;
    const width = node.inputs[0]!.shape.at(-1) as number;
    const zeros = builder.node('Expand', [builder.float(0), builder.integers([rows, width])]);
    const updates = builder.node('Reshape', [dy!, builder.integers([-1, width])]); // [N,D]
    const column = builder.node('Reshape', [ids!, builder.integers([-1, 1])]); // [N,1]
    const indices = builder.node('Expand', [column, builder.node('Shape', [updates])]); // [N,D]
    return [builder.node('ScatterElements', [zeros, indices, updates], { axis: 0, reduction: 'add' })];
  },

  slice: ({ node, builder, inputs }) => {
    const { axis, start, end } = node.attributes;
    return [part(builder, inputs[0]!, axis, builder.integers([start]), builder.integers([end]))];
  },
  sliceGrad: ({ node, builder, inputs: [dy, like] }) => {
    const { axis, start, end } = node.attributes;
    const size = node.inputs[1]!.shape[axis]!;
    const after =
      end === Number.POSITIVE_INFINITY || end < 0
        ? builder.integers([end < 0 ? -end : 0])
        : typeof size === 'number'
          ? builder.integers([size - end])
          : builder.node('Sub', [dimension(builder, like!, axis, size), builder.integers([end])]);
    const pads = builder.node('Concat', [builder.integers([start]), after], { axis: 0 });
    return [builder.node('Pad', [dy!, pads, builder.float(0), builder.integers([axis])])];
  },
  concat: ({ node, builder, inputs }) => [builder.node('Concat', inputs, { axis: node.attributes.axis })],
  concatGrad: ({ node, builder, inputs: [dy, first] }) => {
    const { axis } = node.attributes;
    const border = dimension(builder, first!, axis, node.inputs[1]!.shape[axis]!);
    return [
      part(builder, dy!, axis, builder.integers([0]), border),
      part(builder, dy!, axis, border, builder.integers([Number.POSITIVE_INFINITY])),
    ];
  },
  reshape: ({ node, builder, inputs }) => [
    builder.node('Reshape', [
      inputs[0]!,
      reshapeTarget(builder, inputs[0]!, node.inputs[0]!.shape, node.attributes.shape),
    ]),
  ],
  transpose: ({ node, builder, inputs }) => [builder.node('Transpose', inputs, { perm: node.attributes.permutation })],
  expandLike: ({ node, builder, inputs: [x, like] }) => [
    builder.node('Expand', [x!, shapeOf(builder, like!, node.inputs[1]!.shape)]),
  ],
  sumLike: ({ node, builder, inputs: [x] }) => {
    const [from, to] = node.inputs.map((input) => input!.shape) as [Shape, Shape];
    const extra = from.length - to.length;
    const added = from.map((_, axis) => axis).slice(0, extra);
    const widened = to.flatMap((dim, axis) => (dim === 1 && from[axis + extra] !== 1 ? [axis + extra] : []));
    if (widened.length === 0) return [reduce(builder, x!, added, false)];
    const summed = reduce(builder, x!, [...added, ...widened], true);
    return [extra === 0 ? summed : builder.node('Squeeze', [summed, builder.integers(added)])];
  },
  sum: ({ node, builder, inputs }) => [reduce(builder, inputs[0]!, node.attributes.axes, node.attributes.keep)],

  crossEntropy: crossEntropyBy({
    logSoftmax: (builder, logits) => builder.node('LogSoftmax', [logits], { axis: -1 }),
    likelihood: (builder, rows, targets) =>
      builder.node('NegativeLogLikelihoodLoss', [rows, targets], { reduction: 'sum', ignore_index: ignoredLabel }),
  }),
  correctCount: ({ node, builder, inputs: [logits, labels] }) => {
    const best = builder.node('ArgMax', [logits!], { axis: -1, keepdims: 0 });
    const right = builder.node('Cast', [builder.node('Equal', [best, labels!])], { to: 1 });
    return [reduce(builder, right, [...node.inputs[1]!.shape.keys()], false)];
  },
  // (p − target)·dloss where labelled; target = 1 − ε + ε/C at the label, ε/C elsewhere.
  crossEntropyGrad: ({ node, builder, inputs: [dLoss, logProbabilities, labels] }) => {
    const { smoothing } = node.attributes;
    const classes = node.inputs[1]!.shape.at(-1) as number;
    const probabilities = builder.node('Exp', [logProbabilities!]);
    const base =
      smoothing === 0 ? probabilities : builder.node('Sub', [probabilities, builder.float(smoothing / classes)]);
    // The target is subtracted in its one place per row: a one-hot tensor would be as large as the logits.
    const counted = labelled(builder, labels!, [-1]); // […,1]
    const places = builder.node('Unsqueeze', [
      builder.node('Max', [labels!, builder.integers(0)]),
      builder.integers([-1]),
    ]);
    const targets = builder.node('Mul', [counted, builder.float(smoothing - 1)]);
    const error = builder.node('ScatterElements', [base, places, targets], { axis: -1, reduction: 'add' });
    return [builder.node('Mul', [error, builder.node('Mul', [counted, dLoss!])])];
  },
};

/** An ONNX op that takes the same inputs and needs no attributes. */
function plain<O extends OpName>(opType: string): Lowering<O> {
  return ({ builder, inputs }) => [builder.node(opType, inputs)];
}

/**
 * Softmax(scale·Q·Kᵀ + mask)·V with dropout on the probabilities.
 * @param products writes scale·Q·Kᵀ: query[B,H,Q,E], key[B,H,T,E] → [B,H,Q,T]
 */
export function attentionBy(
  products: (builder: OnnxBuilder, query: string, key: string, scale: number) => string,
): Lowering<'attention'> {
  return (context) => {
    const { node, builder, inputs } = context;
    const { heads, scale, rate, site } = node.attributes;
    const [query, key, value] = [0, 1, 2].map((i) => splitHeads(builder, inputs[i]!, heads, node.inputs[i]!)); // [B,H,·,E]
    const mask = builder.node('Unsqueeze', [inputs[3]!, builder.integers([1, 2])]); // [B,1,1,T]
    const scores = builder.node('Add', [products(builder, query!, key!, scale), mask]);
    const probabilities = builder.node('Softmax', [scores], { axis: -1 }); // [B,H,Q,T]
    const [dropped, kept] =
      rate === undefined
        ? [probabilities]
        : dropout(context, probabilities, node.outputs[1]!, inputs[4]!, { rate, site: site! });
    const result = mergeHeads(builder, builder.node('MatMul', [dropped!, value!]), node.outputs[0]!);
    return kept === undefined ? [result, probabilities] : [result, probabilities, kept];
  };
}

/** What cross entropy is made of. */
export interface CrossEntropyParts {
  /** logits[…,C] → log p[…,C] */
  readonly logSoftmax: (builder: OnnxBuilder, logits: string) => string;
  /** −Σ log p[n, target n] over the labelled rows: rows[N,C], targets i64[N] → f32[] */
  readonly likelihood: (builder: OnnxBuilder, rows: string, targets: string) => string;
}

/** Summed cross entropy, and log p for its gradient. */
export function crossEntropyBy({ logSoftmax, likelihood: write }: CrossEntropyParts): Lowering<'crossEntropy'> {
  return ({ node, builder, inputs: [logits, labels] }) => {
    const { shape } = node.inputs[0]!;
    const { smoothing } = node.attributes;
    const logProbabilities = logSoftmax(builder, logits!);
    const classes = shape.at(-1) as number;
    const rows = builder.node('Reshape', [logProbabilities, builder.integers([-1, classes])]); // [N,C]
    const targets = builder.node('Reshape', [labels!, builder.integers([-1])]); // [N]
    const likelihood = write(builder, rows, targets); // f32[]
    if (smoothing === 0) return [likelihood, logProbabilities];
    const counted = builder.node('Mul', [rows, labelled(builder, targets, [1])]);
    const uniform = reduce(builder, counted, [0, 1], false);
    return [
      builder.node('Sub', [
        builder.node('Mul', [likelihood, builder.float(1 - smoothing)]),
        builder.node('Mul', [uniform, builder.float(smoothing / classes)]),
      ]),
      logProbabilities,
    ];
  };
}

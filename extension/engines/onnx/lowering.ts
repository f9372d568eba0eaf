import type { Node } from '../../graph/node.ts';
import { ignoredLabel, type OpName } from '../../graph/ops.ts';
import type { OnnxBuilder } from './builder.ts';
import { type Int8Rows, type Int8WeightNames, int8Product } from './int8Product.ts';
import {
  dimension,
  dropout,
  exactGeluDerivative,
  flat,
  labelled,
  mergeHeads,
  part,
  reduce,
  reshapeTarget,
  shapeOf,
  splitHeads,
  tanhGeluDerivative,
} from './nodeSequences.ts';

/** ONNX names of a node's inputs or outputs. */
type NamesOf<Values> = { readonly [K in keyof Values]: string | Extract<Values[K], undefined> };

/** What a lowering may use. */
export interface LoweringContext<O extends OpName> {
  readonly node: Node<O>;
  readonly builder: OnnxBuilder;
  /** ONNX names of the node's inputs. */
  readonly inputs: NamesOf<Node<O>['inputs']>;
  /** Whether anything reads an output. */
  used(output: keyof Node<O>['outputs']): boolean;
  /** The pool of random bits for a dropout rate, bool[P]. */
  dropoutPool(rate: number): string;
  /** Places a parameter: an input or an initializer. */
  parameter(node: Node<'parameter'>): string;
  /** The node's weight in bytes, where it is frozen and to be multiplied so. */
  int8Weight(): Int8WeightNames | undefined;
  /** A value's rows in bytes: made once, however many weights multiply them. */
  int8Rows(x: string): Int8Rows;
  /** A result that several nodes read: made once for each key. */
  shared(key: string, make: () => string): string;
}

/** ONNX names of the node's outputs, or of `y` alone; unused ones may be missing. */
export type Lowering<O extends OpName> = (
  context: LoweringContext<O>,
) => string | ({ readonly y: string } & Partial<NamesOf<Node<O>['outputs']>>);

/** One lowering per op: exhaustive by type, so that an op without one does not compile. */
export type LoweringTable = { readonly [O in OpName]: Lowering<O> };

/** In the words that the CPU computes fastest. */
export const lowerings: LoweringTable = {
  input: ({ node, builder }) => {
    const { name, dtype, shape } = node.attributes;
    return builder.input(name, dtype, shape);
  },
  parameter: ({ node, parameter }) => parameter(node),
  constant: ({ node, builder }) => builder.float(node.attributes.value),

  add: ({ builder, inputs: { a, b } }) => builder.node('Add', [a, b]),
  subtract: ({ builder, inputs: { a, b } }) => builder.node('Sub', [a, b]),
  multiply: ({ builder, inputs: { a, b } }) => builder.node('Mul', [a, b]),
  divide: ({ builder, inputs: { a, b } }) => builder.node('Div', [a, b]),
  affine: ({ node, builder, inputs: { x } }) => {
    const { factor, offset } = node.attributes;
    const scaled = factor === 1 ? x : builder.node('Mul', [x, builder.float(factor)]);
    return offset === 0 ? scaled : builder.node('Add', [scaled, builder.float(offset)]);
  },
  tanh: ({ builder, inputs: { x } }) => builder.node('Tanh', [x]),
  relu: ({ builder, inputs: { x } }) => builder.node('Relu', [x]),
  reluGrad: ({ builder, inputs: { dy, y } }) => {
    const zero = builder.float(0);
    return builder.node('Where', [builder.node('Greater', [y, zero]), dy, zero]);
  },
  sigmoid: ({ builder, inputs: { x } }) => builder.node('Sigmoid', [x]),
  silu: ({ builder, inputs: { x } }) => builder.microsoftNode('QuickGelu', [x], { alpha: { float: 1 } }),
  gelu: ({ node, builder, inputs: { x } }) =>
    builder.node('Gelu', [x], { approximate: node.attributes.form === 'exact' ? 'none' : 'tanh' }),
  geluGrad: ({ node, builder, inputs: { dy, x } }) => {
    const derivative = node.attributes.form === 'exact' ? exactGeluDerivative : tanhGeluDerivative;
    return builder.node('Mul', [dy, derivative(builder, x)]);
  },
  toFloat: ({ builder, inputs: { x } }) => builder.node('Cast', [x], { to: 1 }),

  linear: ({ builder, inputs: { x, weight, bias }, int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    const product = int8
      ? int8Product(builder, int8Rows(x), int8)
      : builder.microsoftNode('FusedMatMul', [x, weight], { transB: 1 });
    return bias === undefined ? product : builder.node('Add', [product, bias]);
  },
  linearInputGrad: ({ builder, inputs: { dy, weight }, int8Weight, int8Rows }) => {
    const int8 = int8Weight();
    return int8 ? int8Product(builder, int8Rows(dy), int8) : builder.node('MatMul', [dy, weight]);
  },
  linearWeightGrad: ({ node, builder, inputs }) => {
    const [dy, x] = [flat(builder, inputs.dy, node.inputs.dy), flat(builder, inputs.x, node.inputs.x)];
    return builder.node('Gemm', [dy, x], { transA: 1 }); // [out,in]
  },
  matmul: ({ node, builder, inputs: { a, b } }) => {
    const { transposeA, transposeB } = node.attributes;
    return builder.microsoftNode('FusedMatMul', [a, b], { transA: Number(transposeA), transB: Number(transposeB) });
  },

  softmax: ({ builder, inputs: { x } }) => builder.node('Softmax', [x], { axis: -1 }),
  attention: attentionBy((builder, query, key, scale) =>
    builder.microsoftNode('FusedMatMul', [query, key], { transB: 1, alpha: { float: scale } }),
  ),
  // Where a gradient follows, x̂ itself is made, so that x need not be kept for it.
  layerNorm: ({ node, builder, inputs: { x, gain, bias }, used }) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
    if (!used('normalized') && !used('inverseDeviation')) {
      return builder.node('LayerNormalization', [x, gain, bias], attributes);
    }
    const ones = builder.float(1, node.inputs.gain.shape[0] as number);
    const [normalized, , inverseDeviation] = builder.nodeWithResults('LayerNormalization', [x, ones], 3, attributes);
    const y = builder.node('Add', [builder.node('Mul', [normalized, gain]), bias]);
    return { y, normalized, inverseDeviation };
  },
  rmsNorm: ({ node, builder, inputs: { x, gain } }) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon }, stash_type: 1 };
    const [y, inverse] = builder.nodeWithResults('SimplifiedLayerNormalization', [x, gain], 2, attributes);
    return { y, inverse };
  },
  layerNormGrad: ({ builder, inputs: { dNormalized, normalized, inverseDeviation } }) => {
    const mean = (x: string) => builder.node('ReduceMean', [x, builder.integers([-1])], { keepdims: 1 });
    const projection = mean(builder.node('Mul', [dNormalized, normalized]));
    const centred = builder.node('Sub', [dNormalized, mean(dNormalized)]);
    const rest = builder.node('Sub', [centred, builder.node('Mul', [normalized, projection])]);
    return builder.node('Mul', [rest, inverseDeviation]);
  },
  rotary: ({ node, builder, inputs: { x, positions, cosines, sines }, shared }) => {
    const { heads, inverse } = node.attributes;
    const [width, half] = [node.inputs.x.shape.at(-1) as number, node.inputs.cosines.shape.at(-1) as number];
    const signed = inverse ? shared(`−${sines}`, () => builder.node('Neg', [sines])) : sines;
    // 0: the head is turned as a whole.
    const turned = 2 * half * heads === width ? 0 : 2 * half;
    const attributes = { interleaved: 0, num_heads: heads, rotary_embedding_dim: turned };
    return builder.microsoftNode('RotaryEmbedding', [x, positions, cosines, signed], attributes);
  },
  dropout: (context) =>
    dropout(context, context.inputs.x, context.node.inputs.x, context.inputs.offsets, context.node.attributes),

  embedding: ({ builder, inputs: { table, ids } }) => builder.node('Gather', [table, ids]),
  // ScatterElements adds in order; ScatterND would add repeated rows from several threads at once.
  embeddingGrad: ({ node, builder, inputs: { dy, ids } }) => {
    const { rows } = node.attributes;
    const width = node.inputs.dy.shape.at(-1) as number;
    const zeros = builder.node('Expand', [builder.float(0), builder.integers([rows, width])]);
    const updates = builder.node('Reshape', [dy, builder.integers([-1, width])]); // [N,D]
    const column = builder.node('Reshape', [ids, builder.integers([-1, 1])]); // [N,1]
    const indices = builder.node('Expand', [column, builder.node('Shape', [updates])]); // [N,D]
    return builder.node('ScatterElements', [zeros, indices, updates], { axis: 0, reduction: 'add' });
  },
  pickRows: ({ node, builder, inputs: { x, rows } }) => builder.node('Gather', [flat(builder, x, node.inputs.x), rows]),
  // No two rows are one, so that their order does not matter.
  pickRowsGrad: ({ node, builder, inputs: { dy, rows, like } }) => {
    const shape = shapeOf(builder, like, node.inputs.like.shape);
    const zeros = builder.node('Reshape', [
      builder.node('Expand', [builder.float(0), shape]),
      builder.integers([-1, node.inputs.like.shape.at(-1) as number]),
    ]); // [B·S,D]
    const places = builder.node('Unsqueeze', [rows, builder.integers([1])]); // [M,1]
    return builder.node('Reshape', [builder.node('ScatterND', [zeros, places, dy]), shape]);
  },

  slice: ({ node, builder, inputs: { x } }) => {
    const { axis, start, end } = node.attributes;
    return part(builder, x, axis, builder.integers([start]), builder.integers([end]));
  },
  sliceGrad: ({ node, builder, inputs: { dy, like } }) => {
    const { axis, start, end } = node.attributes;
    const size = node.inputs.like.shape[axis]!;
    // The size of the axis less a number of elements.
    const rest = (count: number) =>
      typeof size === 'number'
        ? builder.integers([size - count])
        : builder.node('Sub', [dimension(builder, like, axis, size), builder.integers([count])]);
    const before = start < 0 ? rest(-start) : builder.integers([start]);
    const open = end === Number.POSITIVE_INFINITY || end < 0;
    const after = open ? builder.integers([end < 0 ? -end : 0]) : rest(end);
    const pads = builder.node('Concat', [before, after], { axis: 0 });
    return builder.node('Pad', [dy, pads, builder.float(0), builder.integers([axis])]);
  },
  concat: ({ node, builder, inputs: { a, b } }) => builder.node('Concat', [a, b], { axis: node.attributes.axis }),
  concatGrad: ({ node, builder, inputs: { dy, a } }) => {
    const { axis } = node.attributes;
    const border = dimension(builder, a, axis, node.inputs.a.shape[axis]!);
    return {
      y: part(builder, dy, axis, builder.integers([0]), border),
      second: part(builder, dy, axis, border, builder.integers([Number.POSITIVE_INFINITY])),
    };
  },
  reshape: ({ node, builder, inputs: { x } }) =>
    builder.node('Reshape', [x, reshapeTarget(builder, x, node.inputs.x.shape, node.attributes.shape)]),
  transpose: ({ node, builder, inputs: { x } }) =>
    builder.node('Transpose', [x], { perm: node.attributes.permutation }),
  expandLike: ({ node, builder, inputs: { x, like } }) =>
    builder.node('Expand', [x, shapeOf(builder, like, node.inputs.like.shape)]),
  sumLike: ({ node, builder, inputs: { x } }) => {
    const [from, to] = [node.inputs.x.shape, node.inputs.like.shape];
    const extra = from.length - to.length;
    const added = from.map((_, axis) => axis).slice(0, extra);
    const widened = to.flatMap((dim, axis) => (dim === 1 && from[axis + extra] !== 1 ? [axis + extra] : []));
    if (widened.length === 0) return reduce(builder, x, added, false);
    const summed = reduce(builder, x, [...added, ...widened], true);
    return extra === 0 ? summed : builder.node('Squeeze', [summed, builder.integers(added)]);
  },
  sum: ({ node, builder, inputs: { x } }) => reduce(builder, x, node.attributes.axes, node.attributes.keep),

  crossEntropy: crossEntropyBy({
    logSoftmax: (builder, logits) => builder.node('LogSoftmax', [logits], { axis: -1 }),
    likelihood: (builder, rows, targets) =>
      builder.node('NegativeLogLikelihoodLoss', [rows, targets], { reduction: 'sum', ignore_index: ignoredLabel }),
  }),
  correctCount: ({ node, builder, inputs: { logits, labels } }) => {
    const best = builder.node('ArgMax', [logits], { axis: -1, keepdims: 0 });
    const right = builder.node('Cast', [builder.node('Equal', [best, labels])], { to: 1 });
    return reduce(builder, right, [...node.inputs.labels.shape.keys()], false);
  },
  // (p − target)·dLoss where labelled; target = 1 − ε + ε/C at the label, ε/C elsewhere.
  crossEntropyGrad: ({ node, builder, inputs: { dLoss, logProbabilities, labels } }) => {
    const { smoothing } = node.attributes;
    const classes = node.inputs.logProbabilities.shape.at(-1) as number;
    const probabilities = builder.node('Exp', [logProbabilities]);
    const base =
      smoothing === 0 ? probabilities : builder.node('Sub', [probabilities, builder.float(smoothing / classes)]);
    // The target is subtracted in its one place per row: a one-hot tensor would be as large as the logits.
    const counted = labelled(builder, labels, [-1]); // […,1]
    const places = builder.node('Unsqueeze', [
      builder.node('Max', [labels, builder.integers(0)]),
      builder.integers([-1]),
    ]);
    const targets = builder.node('Mul', [counted, builder.float(smoothing - 1)]);
    const error = builder.node('ScatterElements', [base, places, targets], { axis: -1, reduction: 'add' });
    return builder.node('Mul', [error, builder.node('Mul', [counted, dLoss])]);
  },
};

/**
 * Softmax(scale·Q·Kᵀ + mask)·V with dropout on the probabilities. The queries of heads that share a key stand below
 * each other, as one longer query: keys and values are never repeated.
 * @param products writes scale·Q·Kᵀ: query[B,G,·,E], key[B,G,T,E] → [B,G,·,T]
 */
export function attentionBy(
  products: (builder: OnnxBuilder, query: string, key: string, scale: number) => string,
): Lowering<'attention'> {
  return (context) => {
    const { node, builder, inputs } = context;
    const { heads, kvHeads = heads, scale, rate, site } = node.attributes;
    // A view of the same numbers: between the query's heads and those of the keys, the last axis as it is.
    const regrouped = (x: string, to: number, last = 0) =>
      kvHeads === heads ? x : builder.node('Reshape', [x, builder.integers([0, to, -1, last])]);
    const split = (name: 'query' | 'key' | 'value', count: number) =>
      splitHeads(builder, inputs[name], count, node.inputs[name]);
    const query = regrouped(split('query', heads), kvHeads); // [B,G,·,E]
    const [key, value] = [split('key', kvHeads), split('value', kvHeads)]; // [B,G,T,E]
    const mask = attentionMask(context);
    const scores = builder.node('Add', [regrouped(products(builder, query, key, scale), heads), mask]);
    const probabilities = builder.node('Softmax', [scores], { axis: -1 }); // [B,H,Q,T]
    const merged = (weights: string) => {
      const mixed = builder.node('MatMul', [regrouped(weights, kvHeads), value]);
      return mergeHeads(builder, regrouped(mixed, heads), node.outputs.y);
    };
    if (rate === undefined || site === undefined || inputs.offsets === undefined) {
      return { y: merged(probabilities), probabilities };
    }
    const dropped = dropout(context, probabilities, node.outputs.probabilities, inputs.offsets, { rate, site });
    return { y: merged(dropped.y), probabilities, kept: dropped.kept };
  };
}

/** Added to the score of a key that comes later than the query: far below any real score, yet finite. */
const later = -1e9;

/** What is added to the scores, of a shape that broadcasts to [B,H,Q,T]; a causal one is made once for all blocks. */
function attentionMask({ node, builder, inputs, shared }: LoweringContext<'attention'>): string {
  const { query, key, mask } = node.inputs;
  const given = () =>
    mask.shape.length === 4 ? inputs.mask : builder.node('Unsqueeze', [inputs.mask, builder.integers([1, 2])]); // [B,1,1,T]
  if (!node.attributes.causal) return given();
  const [queries, keys] = [query.shape[1]!, key.shape[1]!];
  const sums = `causal [${queries},${keys}]`;
  const causal = () => {
    const rows = dimension(builder, inputs.query, 1, queries);
    const columns = dimension(builder, inputs.key, 1, keys);
    const all = builder.node('Expand', [builder.float(later), builder.node('Concat', [rows, columns], { axis: 0 })]);
    // Keys before the queries, a prefix or a past, are read by all of them.
    const before = builder.node('Squeeze', [builder.node('Sub', [columns, rows]), builder.integers([0])]);
    return builder.node('Trilu', [all, builder.node('Add', [before, builder.integers(1)])]); // [Q,T]
  };
  return shared(`${sums} + ${inputs.mask}`, () => builder.node('Add', [given(), shared(sums, causal)]));
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
  return ({ node, builder, inputs: { logits, labels } }) => {
    const { smoothing } = node.attributes;
    const logProbabilities = logSoftmax(builder, logits);
    const classes = node.inputs.logits.shape.at(-1) as number;
    const rows = builder.node('Reshape', [logProbabilities, builder.integers([-1, classes])]); // [N,C]
    const targets = builder.node('Reshape', [labels, builder.integers([-1])]); // [N]
    const likelihood = write(builder, rows, targets); // f32[]
    if (smoothing === 0) return { y: likelihood, logProbabilities };
    const counted = builder.node('Mul', [rows, labelled(builder, targets, [1])]);
    const uniform = reduce(builder, counted, [0, 1], false);
    const y = builder.node('Sub', [
      builder.node('Mul', [likelihood, builder.float(1 - smoothing)]),
      builder.node('Mul', [uniform, builder.float(smoothing / classes)]),
    ]);
    return { y, logProbabilities };
  };
}

import { dimSize, lastDim } from '../../graph/dims.ts';
import { inputsOf, type Node } from '../../graph/node.ts';
import type { OpName } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';

/** Sizes of the symbolic dimensions: `B` → 16, `S` → 32. */
export type Sizes = ReadonlyMap<string, number>;

/** The work of one run of a node, in units that do not depend on the machine. */
interface OpWork {
  /** Floating-point operations of products with a matrix, two for each multiplication and addition. */
  readonly products: number;
  /** The same of products of attention: many small ones. */
  readonly batched: number;
  /** Numbers read and written by everything else; a transcendental function counts as `functionReads` of them. */
  readonly moved: number;
  /** Calls of the engine's kernels. */
  readonly kernels: number;
  /** Numbers that are only held while the node runs. */
  readonly scratch: number;
}

/** exp, erf and tanh take about as long as reading or writing so many numbers. */
const functionReads = 4;

/** The number of values in a tensor, where the symbolic dimensions have these sizes. */
export const sizeOf = ({ shape }: Pick<Value, 'shape'>, sizes: Sizes): number =>
  shape.reduce<number>((product, dim) => product * dimSize(dim, sizes), 1);

interface Context<O extends OpName> {
  readonly node: Node<O>;
  /** Numbers of a value; 0 for an absent one. */
  readonly size: (value: Value | undefined) => number;
  /** Size of a value's last axis. */
  readonly width: (value: Value) => number;
}

type WorkRule<O extends OpName = OpName> = (context: Context<O>) => Partial<OpWork>;

/** As many passes over the result, each one kernel that reads and writes. */
const passes =
  (count: number, functions = 0): WorkRule =>
  ({ node, size }) => ({
    moved: size(node.outputs.y) * (2 * count + functionReads * functions),
    kernels: count + functions,
    scratch: count > 1 ? size(node.outputs.y) : 0,
  });

/** Reads every input once and writes the result. */
const pass: WorkRule = ({ node, size }) => ({
  moved: inputsOf(node).reduce((sum, value) => sum + size(value), size(node.outputs.y)),
  kernels: 1,
});

const nothing: WorkRule = () => ({});

/** One rule per op, after how the CPU's lowering writes it: exhaustive by type. */
const rules: { readonly [O in OpName]: WorkRule<O> } = {
  input: nothing,
  parameter: nothing,
  constant: nothing,

  add: pass,
  subtract: pass,
  multiply: pass,
  divide: pass,
  affine: pass,
  tanh: passes(0, 1),
  relu: pass,
  reluGrad: passes(2),
  sigmoid: passes(0, 1),
  silu: passes(0, 1),
  gelu: passes(0, 1),
  geluGrad: (context) => ({ ...passes(8, 2)(context), scratch: 2 * context.size(context.node.outputs.y) }),
  toFloat: pass,

  linear: ({ node: { inputs, outputs }, size, width }) => ({
    products: 2 * size(outputs.y) * width(inputs.x),
    moved: size(inputs.x) + size(inputs.weight) + size(outputs.y) * (inputs.bias ? 3 : 1),
    kernels: inputs.bias ? 2 : 1,
  }),
  linearInputGrad: ({ node: { inputs, outputs }, size, width }) => ({
    products: 2 * size(outputs.y) * width(inputs.dy),
    moved: size(inputs.dy) + size(inputs.weight) + size(outputs.y),
    kernels: 1,
  }),
  linearWeightGrad: ({ node: { inputs, outputs }, size, width }) => ({
    products: 2 * size(inputs.dy) * width(inputs.x),
    moved: size(inputs.dy) + size(inputs.x) + size(outputs.y),
    kernels: 1,
  }),
  matmul: ({ node: { inputs, attributes, outputs }, size, width }) => {
    const { a, b } = inputs;
    // The inner size: of Aᵀ it is the last axis but one.
    const inner = attributes.transposeA ? size(a) / (size(outputs.y) / width(outputs.y)) : width(a);
    return { batched: 2 * size(outputs.y) * inner, moved: size(a) + size(b) + size(outputs.y), kernels: 1 };
  },

  softmax: passes(0, 1),
  attention: ({ node: { inputs, attributes, outputs }, size, width }) => {
    const { heads, rate } = attributes;
    const { query, key, value } = inputs;
    const [states, scores] = [2 * size(outputs.y) + size(key) + size(value), size(outputs.probabilities)];
    return {
      // Q·Kᵀ and P·V
      batched: 4 * scores * (width(query) / heads),
      // Heads split and merged; mask added, softmax, read again; dropout.
      moved: 2 * states + scores * (4 + functionReads + (rate === undefined ? 0 : 6)),
      kernels: rate === undefined ? 8 : 17,
      scratch: states + scores,
    };
  },
  cachedAttention: ({ node: { inputs }, size, width }) => {
    const { query, key, pastKey, filled } = inputs;
    const keys = (size(pastKey) + size(key)) / (size(filled) * width(key));
    // Q·Kᵀ and P·V; the kernel copies the cache.
    return { batched: 4 * size(query) * keys, moved: 6 * size(pastKey), kernels: 1, scratch: 2 * size(pastKey) };
  },
  layerNorm: passes(3),
  rmsNorm: passes(2),
  rotary: passes(1),
  layerNormGrad: (context) => ({ ...passes(7)(context), scratch: 2 * context.size(context.node.outputs.y) }),
  // The mask is cut out of the pool, which takes more kernels than passes.
  dropout: (context) => ({ ...passes(3)(context), kernels: 9 }),

  embedding: passes(1),
  embeddingGrad: ({ node: { inputs, outputs }, size }) => ({
    moved: 4 * size(inputs.dy) + size(outputs.y),
    kernels: 4,
    scratch: 2 * size(inputs.dy),
  }),
  distanceRows: passes(4),
  pickRows: passes(1),
  pickRowsGrad: passes(2),

  slice: passes(1),
  sliceGrad: passes(1),
  concat: passes(1),
  concatGrad: ({ node: { inputs }, size }) => ({ moved: 2 * size(inputs.dy), kernels: 2 }),
  // A view of the same memory.
  reshape: nothing,
  transpose: passes(1),
  // The first slice is as large as x.
  skew: passes(3),
  skewGrad: passes(2),
  expandLike: passes(1),
  sumLike: ({ node: { inputs, outputs }, size }) => ({ moved: size(inputs.x) + size(outputs.y), kernels: 1 }),
  sum: pass,

  crossEntropy: ({ node: { inputs }, size }) => ({ moved: size(inputs.logits) * (functionReads + 3), kernels: 4 }),
  headLoss: ({ node: { inputs, attributes }, size, width }) => {
    const [rows, classes] = [size(inputs.x) / width(inputs.x), size(inputs.weight) / width(inputs.weight)];
    const rowsAtOnce = Math.max(attributes.leastRows, Math.ceil(rows / attributes.chunks));
    const logits = rows * classes;
    return {
      // There and, for the gradient, back.
      products: 4 * logits * width(inputs.x),
      moved: logits * (2 * functionReads + 6) + 2 * size(inputs.weight) * Math.ceil(rows / rowsAtOnce),
      kernels: 14 * attributes.chunks,
      scratch: 2 * Math.min(rows, rowsAtOnce) * classes,
    };
  },
  correctCount: ({ node: { inputs }, size }) => ({ moved: size(inputs.logits), kernels: 4 }),
  crossEntropyGrad: passes(3, 1),
};

/** The work of a node where the symbolic dimensions have these sizes. */
export function opWork(node: Node, sizes: Sizes): OpWork {
  const found = (rules[node.op] as WorkRule)({
    node,
    size: (value) => (value ? sizeOf(value, sizes) : 0),
    width: ({ shape }) => dimSize(lastDim(shape), sizes),
  });
  return { products: 0, batched: 0, moved: 0, kernels: 0, scratch: 0, ...found };
}

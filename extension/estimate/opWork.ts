import { dimSize } from '../graph/dims.ts';
import type { OpName } from '../graph/ops.ts';
import type { Node, Value } from '../graph/value.ts';

/** Sizes of the symbolic dimensions: `B` → 16, `S` → 32. */
export type Sizes = ReadonlyMap<string, number>;

/** What one run of a node costs, in units that do not depend on the machine. */
export interface OpWork {
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

export const sizeOf = ({ shape }: Pick<Value, 'shape'>, sizes: Sizes): number =>
  shape.reduce<number>((product, dim) => product * dimSize(dim, sizes), 1);

interface Context {
  readonly node: Node;
  /** Numbers of input `i`; 0 where it is absent. */
  readonly input: (i: number) => number;
  /** Numbers of output `i`. */
  readonly output: (i: number) => number;
  /** Size of the last axis of input `i`. */
  readonly width: (i: number) => number;
}

type WorkRule = (context: Context) => Partial<OpWork>;

/** As many passes over the result, each one kernel that reads and writes. */
const passes =
  (count: number, functions = 0): WorkRule =>
  ({ output }) => ({
    moved: output(0) * (2 * count + functionReads * functions),
    kernels: count + functions,
    scratch: count > 1 ? output(0) : 0,
  });

/** Reads every input once and writes the result. */
const pass: WorkRule = ({ node, input, output }) => ({
  moved: node.inputs.reduce((sum, _, i) => sum + input(i), output(0)),
  kernels: 1,
});

const nothing: WorkRule = () => ({});

/** One rule per op, after how the CPU's lowering writes it: exhaustive by type. */
const rules: { readonly [O in OpName]: WorkRule } = {
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
  gelu: passes(0, 1),
  geluGrad: (context) => ({ ...passes(8, 2)(context), scratch: 2 * context.output(0) }),
  toFloat: pass,

  linear: (context) => ({
    products: 2 * context.output(0) * context.width(0),
    moved: context.input(0) + context.input(1) + context.output(0) * (context.input(2) > 0 ? 3 : 1),
    kernels: context.input(2) > 0 ? 2 : 1,
  }),
  linearInputGrad: (context) => ({
    products: 2 * context.output(0) * context.width(0),
    moved: context.input(0) + context.input(1) + context.output(0),
    kernels: 1,
  }),
  linearWeightGrad: ({ input, output, width }) => ({
    products: 2 * input(0) * width(1),
    moved: input(0) + input(1) + output(0),
    kernels: 1,
  }),
  matmul: ({ node, input, output, width }) => {
    const { transposeA } = node.attributes as Node<'matmul'>['attributes'];
    const inner = transposeA ? input(0) / (output(0) / width(0)) : width(0);
    return { batched: 2 * output(0) * inner, moved: input(0) + input(1) + output(0), kernels: 1 };
  },

  splitHeads: passes(1),
  mergeHeads: passes(1),
  softmax: passes(0, 1),
  softmaxGrad: passes(4),
  attention: ({ node, input, output, width }) => {
    const { heads, rate } = node.attributes as Node<'attention'>['attributes'];
    const [states, scores] = [2 * output(0) + input(1) + input(2), output(1)];
    return {
      // Q·Kᵀ and P·V
      batched: 4 * scores * (width(0) / heads),
      // Heads split and merged; mask added, softmax, read again; dropout.
      moved: 2 * states + scores * (4 + functionReads + (rate === undefined ? 0 : 6)),
      kernels: rate === undefined ? 8 : 17,
      scratch: states + scores,
    };
  },
  layerNorm: passes(3),
  layerNormGrad: (context) => ({ ...passes(7)(context), scratch: 2 * context.output(0) }),
  // The mask is cut out of the pool, which takes more kernels than passes.
  dropout: (context) => ({ ...passes(3)(context), kernels: 9 }),
  dropoutGrad: passes(3),

  embedding: passes(1),
  embeddingGrad: ({ input, output }) => ({
    moved: 4 * input(0) + output(0),
    kernels: 4,
    scratch: 2 * input(0),
  }),

  slice: passes(1),
  sliceGrad: passes(1),
  concat: passes(1),
  concatGrad: ({ input }) => ({ moved: 2 * input(0), kernels: 2 }),
  // A view of the same memory.
  reshape: nothing,
  transpose: passes(1),
  expandLike: passes(1),
  sumLike: ({ input, output }) => ({ moved: input(0) + output(0), kernels: 1 }),
  sum: pass,

  crossEntropy: ({ input }) => ({ moved: input(0) * (functionReads + 3), kernels: 4 }),
  correctCount: ({ input }) => ({ moved: input(0), kernels: 4 }),
  crossEntropyGrad: passes(3, 1),
};

/** What a node costs where the symbolic dimensions have these sizes. */
export function opWork(node: Node, sizes: Sizes): OpWork {
  const sized = (value: Value | undefined): number => (value ? sizeOf(value, sizes) : 0);
  const found = rules[node.op]({
    node,
    input: (i) => sized(node.inputs[i]),
    output: (i) => sized(node.outputs[i]),
    width: (i) => dimSize(node.inputs[i]!.shape.at(-1)!, sizes),
  });
  return { products: 0, batched: 0, moved: 0, kernels: 0, scratch: 0, ...found };
}

import { addDims, broadcastShapes, sameShape } from './dims.ts';
import { type Dim, type DType, type Node, type Shape, typeText, type Value } from './value.ts';

/**
 * The static facts of each op. Ops are as coarse as the things engines have fast forms for; each engine lowers them
 * as it likes (fused attention, int8 frozen linears), so that small ops never need to be recognised as big ones.
 */
export interface Attributes {
  /** Fed at every run. */
  input: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  /** A named f32 tensor: `trainable` ones are fed and receive gradients, frozen ones belong to the session. */
  parameter: { readonly name: string; readonly shape: readonly number[]; readonly trainable: boolean };
  /** One f32 number. */
  constant: { readonly value: number };

  add: Empty;
  subtract: Empty;
  multiply: Empty;
  divide: Empty;
  /** factor · x + offset, both fixed numbers. */
  affine: { readonly factor: number; readonly offset: number };
  tanh: Empty;
  relu: Empty;
  /** dy, y → dy where y > 0, else 0. */
  reluGrad: Empty;
  sigmoid: Empty;
  /** `exact`: x·Φ(x) by erf. `tanh`: the tanh approximation (gelu_new, gelu_pytorch_tanh). */
  gelu: { readonly form: 'exact' | 'tanh' };
  /** dy, x → dy·gelu′(x). */
  geluGrad: { readonly form: 'exact' | 'tanh' };
  /** i64 or bool → f32. */
  toFloat: Empty;

  /** x[…,in], weight[out,in], bias?[out] → x·weightᵀ + bias, [...,out]. */
  linear: Empty;
  /** dy[…,out], weight[out,in] → dy·weight, [...,in]. */
  linearInputGrad: Empty;
  /** dy[…,out], x[…,in] → dyᵀ·x summed over the leading dimensions, [out,in]. */
  linearWeightGrad: Empty;
  /** Batched product of the last two axes, each operand optionally transposed first; leading axes are equal. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };

  /** x[B,S,D] → [B,H,S,D/H]. */
  splitHeads: { readonly heads: number };
  /** x[B,H,S,E] → [B,S,H·E]. */
  mergeHeads: Empty;
  /** Over the last axis. */
  softmax: Empty;
  /** dy, y → y·(dy − Σ dy·y) over the last axis. */
  softmaxGrad: Empty;
  /**
   * query[B,Q,D], key[B,T,D], value[B,T,D], mask f32[B,T] added to every score (0 or very negative), dropoutOffsets?
   * → context[B,Q,D], probabilities[B,H,Q,T] (before dropout), kept? bool[B,H,Q,T].
   * softmax(scale·Q·Kᵀ + mask)·V with H heads.
   */
  attention: { readonly heads: number; readonly scale: number } & Partial<DropoutSite>;
  /** x[…,D], gain[D], bias[D] → y[…,D], normalized x̂[…,D], inverseDeviation[…,1]; y = x̂·gain + bias. */
  layerNorm: { readonly epsilon: number };
  /** dx̂[…,D], x̂, inverseDeviation → gradient of x: inverseDeviation·(dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)). */
  layerNormGrad: Empty;
  /**
   * x, offsets i64[N] → y, kept bool: keeps each element with probability 1 − rate, scaled by 1/(1 − rate).
   * The mask is the window at `offsets[site]` of a pool of random bits that the executor makes from the run's seed:
   * no node keeps hidden state, so a resumed run sees the same masks.
   */
  dropout: DropoutSite;
  /** dy, kept → dy/(1 − rate) where kept, else 0. */
  dropoutGrad: { readonly rate: number };

  /** table[V,D], ids i64[…] → [...,D]. */
  embedding: Empty;
  /** dy[…,D], ids i64[…] → [rows,D]: dy summed into the row of its id. */
  embeddingGrad: { readonly rows: number };

  /** x → x[…, start:end, …] on one axis; a negative end counts from the end; Infinity is the end. */
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** dy, like → zeros shaped as `like`, with dy in the slice. */
  sliceGrad: { readonly axis: number; readonly start: number; readonly end: number };
  /** Two values joined on one axis. */
  concat: { readonly axis: number };
  /** dy, first, second (the joined values) → their parts of dy. */
  concatGrad: { readonly axis: number };
  /** x → x with new fixed trailing structure; at most one symbol per shape, none lost: see `reshape`. */
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** x, like → x repeated to `like`'s shape (NumPy broadcasting). */
  expandLike: Empty;
  /** x, like → x summed over the axes along which `like` would be broadcast to x, shaped as `like`. */
  sumLike: Empty;
  /** Sum over some axes (kept as 1 when `keep`). */
  sum: { readonly axes: readonly number[]; readonly keep: boolean };

  /**
   * logits[…,C], labels i64[…] (−100: ignored) → summed loss f32[], log probabilities[…,C].
   * Σ over labelled positions of −(1−ε)·log p(label) − ε/C·Σ log p(c), ε = smoothing.
   */
  crossEntropy: { readonly smoothing: number };
  /** logits[…,C], labels i64[…] → f32[]: how many labels are the class of the largest logit; ignored ones are none. */
  correctCount: Empty;
  /** dloss f32[], logProbabilities, labels → dlogits. */
  crossEntropyGrad: { readonly smoothing: number };
}

type Empty = Readonly<Record<never, never>>;
export interface DropoutSite {
  readonly rate: number;
  /** Which element of the offsets input belongs to this site. */
  readonly site: number;
}

/** The label of positions that do not count in `crossEntropy`. */
export const ignoredLabel = -100;

export type OpName = keyof Attributes;

interface Result {
  readonly shape: Shape;
  readonly dtype: DType;
}

interface OpDefinition<O extends OpName> {
  /** dtype of each input; a trailing `?` marks an optional one, `any` leaves it open. */
  readonly inputs: readonly (DType | `${DType}?` | 'any')[];
  readonly infer: (inputs: readonly Value[], attributes: Attributes[O]) => readonly Result[];
}

const f32 = (shape: Shape): Result => ({ shape, dtype: 'f32' });
const bool = (shape: Shape): Result => ({ shape, dtype: 'bool' });
const same = ([x]: readonly Value[]): readonly Result[] => [f32(x!.shape)];
const broadcast = ([a, b]: readonly Value[]): readonly Result[] => [f32(broadcastShapes(a!.shape, b!.shape))];
const last = (value: Value): Dim => value.shape[value.shape.length - 1]!;
const leading = (value: Value): Shape => value.shape.slice(0, -1);

function demand(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new RangeError(rule);
}

function sliced(dim: Dim, start: number, end: number): Dim {
  if (end === Number.POSITIVE_INFINITY) return start === 0 ? dim : addDims(dim, -start);
  if (end < 0) return addDims(dim, end - start);
  return end - start;
}

/** Shape and dtype rules: exhaustive by type, so that an op without a rule does not compile. */
export const ops: { readonly [O in OpName]: OpDefinition<O> } = {
  input: { inputs: [], infer: (_, { shape, dtype }) => [{ shape, dtype }] },
  parameter: { inputs: [], infer: (_, { shape }) => [f32(shape)] },
  constant: { inputs: [], infer: () => [f32([])] },

  add: { inputs: ['f32', 'f32'], infer: broadcast },
  subtract: { inputs: ['f32', 'f32'], infer: broadcast },
  multiply: { inputs: ['f32', 'f32'], infer: broadcast },
  divide: { inputs: ['f32', 'f32'], infer: broadcast },
  affine: { inputs: ['f32'], infer: same },
  tanh: { inputs: ['f32'], infer: same },
  relu: { inputs: ['f32'], infer: same },
  reluGrad: { inputs: ['f32', 'f32'], infer: same },
  sigmoid: { inputs: ['f32'], infer: same },
  gelu: { inputs: ['f32'], infer: same },
  geluGrad: { inputs: ['f32', 'f32'], infer: same },
  toFloat: { inputs: ['any'], infer: same },

  linear: {
    inputs: ['f32', 'f32', 'f32?'],
    infer: ([x, weight, bias]) => {
      demand(weight!.shape.length === 2 && last(x!) === weight!.shape[1], 'x[…,in] needs weight[out,in]');
      demand(!bias || sameShape(bias.shape, [weight!.shape[0]!]), 'bias must be [out]');
      return [f32([...leading(x!), weight!.shape[0]!])];
    },
  },
  linearInputGrad: {
    inputs: ['f32', 'f32'],
    infer: ([dy, weight]) => {
      demand(weight!.shape.length === 2 && last(dy!) === weight!.shape[0], 'dy[…,out] needs weight[out,in]');
      return [f32([...leading(dy!), weight!.shape[1]!])];
    },
  },
  linearWeightGrad: {
    inputs: ['f32', 'f32'],
    infer: ([dy, x]) => {
      demand(sameShape(leading(dy!), leading(x!)), 'dy and x must have equal leading dimensions');
      return [f32([last(dy!), last(x!)])];
    },
  },
  matmul: {
    inputs: ['f32', 'f32'],
    infer: ([a, b], { transposeA, transposeB }) => {
      const [rows, inner] = matrix(a!, transposeA);
      const [innerB, columns] = matrix(b!, transposeB);
      demand(inner === innerB, 'inner dimensions must be equal');
      demand(sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), 'leading dimensions must be equal');
      return [f32([...a!.shape.slice(0, -2), rows, columns])];
    },
  },

  splitHeads: {
    inputs: ['f32'],
    infer: ([x], { heads }) => {
      const width = last(x!);
      demand(x!.shape.length === 3 && typeof width === 'number', 'x must be [B,S,D] with fixed D');
      demand(width % heads === 0, `${heads} heads must divide the width ${width}`);
      return [f32([x!.shape[0]!, heads, x!.shape[1]!, width / heads])];
    },
  },
  mergeHeads: {
    inputs: ['f32'],
    infer: ([x]) => {
      const [batch, heads, sequence, width] = x!.shape;
      demand(x!.shape.length === 4 && typeof heads === 'number' && typeof width === 'number', 'x must be [B,H,S,E]');
      return [f32([batch!, sequence!, heads * width])];
    },
  },
  softmax: { inputs: ['f32'], infer: same },
  softmaxGrad: { inputs: ['f32', 'f32'], infer: same },
  attention: {
    inputs: ['f32', 'f32', 'f32', 'f32', 'i64?'],
    infer: ([query, key, value, mask, offsets], { heads, rate }) => {
      const [batch, queries, width] = query!.shape;
      const keys = key!.shape[1]!;
      demand(sameShape(key!.shape, value!.shape) && last(key!) === width, 'key and value must be [B,T,D]');
      demand(sameShape(mask!.shape, [batch!, keys]), 'mask must be [B,T]');
      demand((rate !== undefined) === (offsets !== undefined), 'dropout needs both rate and offsets');
      const scores = [batch!, heads, queries!, keys];
      const results = [f32(query!.shape), f32(scores)];
      return rate === undefined ? results : [...results, bool(scores)];
    },
  },
  layerNorm: {
    inputs: ['f32', 'f32', 'f32'],
    infer: ([x, gain, bias]) => {
      demand(sameShape(gain!.shape, [last(x!)]) && sameShape(bias!.shape, gain!.shape), 'gain and bias must be [D]');
      return [f32(x!.shape), f32(x!.shape), f32([...leading(x!), 1])];
    },
  },
  layerNormGrad: { inputs: ['f32', 'f32', 'f32'], infer: same },
  dropout: { inputs: ['f32', 'i64'], infer: ([x]) => [f32(x!.shape), bool(x!.shape)] },
  dropoutGrad: { inputs: ['f32', 'bool'], infer: same },

  embedding: { inputs: ['f32', 'i64'], infer: ([table, ids]) => [f32([...ids!.shape, last(table!)])] },
  embeddingGrad: { inputs: ['f32', 'i64'], infer: ([dy], { rows }) => [f32([rows, last(dy!)])] },

  slice: {
    inputs: ['f32'],
    infer: ([x], { axis, start, end }) => [f32(x!.shape.map((d, i) => (i === axis ? sliced(d, start, end) : d)))],
  },
  sliceGrad: { inputs: ['f32', 'f32'], infer: ([, like]) => [f32(like!.shape)] },
  concat: {
    inputs: ['f32', 'f32'],
    infer: ([a, b], { axis }) => {
      demand(a!.shape.length === b!.shape.length, 'ranks must be equal');
      demand(
        a!.shape.every((dim, i) => i === axis || dim === b!.shape[i]),
        'other dimensions must be equal',
      );
      return [f32(a!.shape.map((dim, i) => (i === axis ? addDims(dim, b!.shape[i]!) : dim)))];
    },
  },
  concatGrad: { inputs: ['f32', 'f32', 'f32'], infer: ([, a, b]) => [f32(a!.shape), f32(b!.shape)] },
  reshape: {
    inputs: ['f32'],
    infer: ([x], { shape }) => {
      const size = (s: Shape) => s.reduce<number>((n, d) => n * (typeof d === 'number' ? d : 1), 1);
      const symbols = (s: Shape) => s.filter((d) => typeof d === 'string').join();
      demand(
        size(x!.shape) === size(shape) && symbols(x!.shape) === symbols(shape),
        `cannot become [${shape.join(',')}]`,
      );
      return [f32(shape)];
    },
  },
  transpose: {
    inputs: ['f32'],
    infer: ([x], { permutation }) => {
      demand(
        [...permutation].sort((a, b) => a - b).every((axis, i) => axis === i),
        'not a permutation',
      );
      demand(permutation.length === x!.shape.length, 'the permutation must name every axis');
      return [f32(permutation.map((axis) => x!.shape[axis]!))];
    },
  },
  expandLike: {
    inputs: ['f32', 'f32'],
    infer: ([x, like]) => {
      demand(sameShape(broadcastShapes(x!.shape, like!.shape), like!.shape), 'x must broadcast to like');
      return [f32(like!.shape)];
    },
  },
  sumLike: {
    inputs: ['f32', 'f32'],
    infer: ([x, like]) => {
      demand(sameShape(broadcastShapes(x!.shape, like!.shape), x!.shape), 'like must broadcast to x');
      return [f32(like!.shape)];
    },
  },
  sum: {
    inputs: ['f32'],
    infer: ([x], { axes, keep }) => [f32(x!.shape.flatMap((dim, i) => (axes.includes(i) ? (keep ? [1] : []) : [dim])))],
  },

  crossEntropy: {
    inputs: ['f32', 'i64'],
    infer: ([logits, labels]) => {
      demand(sameShape(leading(logits!), labels!.shape), 'logits[…,C] need labels[…]');
      return [f32([]), f32(logits!.shape)];
    },
  },
  correctCount: {
    inputs: ['f32', 'i64'],
    infer: ([logits, labels]) => {
      demand(sameShape(leading(logits!), labels!.shape), 'logits[…,C] need labels[…]');
      return [f32([])];
    },
  },
  crossEntropyGrad: { inputs: ['f32', 'f32', 'i64'], infer: ([, logProbabilities]) => [f32(logProbabilities!.shape)] },
};

function matrix(value: Value, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = value.shape.slice(-2);
  return transposed ? [columns!, rows!] : [rows!, columns!];
}

/**
 * Applies an op after checking dtypes and shapes.
 * @throws TypeError naming the op, its rule and the types it got.
 */
export function apply<O extends OpName>(
  op: O,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes[O],
): Node<O> {
  const definition: OpDefinition<O> = ops[op];
  const got = () => inputs.map((input) => (input ? typeText(input) : 'none')).join(', ');
  definition.inputs.forEach((expected, i) => {
    const input = inputs[i];
    const optional = expected.endsWith('?');
    const dtype = expected.replace('?', '');
    if (input ? dtype !== 'any' && input.dtype !== dtype : !optional) {
      throw new TypeError(`${op}: input ${i} must be ${expected}, got ${got()}`);
    }
  });
  const node = { op, inputs, attributes, outputs: [] as Value[] };
  try {
    const results = definition.infer(inputs as readonly Value[], attributes);
    node.outputs = results.map((result, index) => ({ node: node as Node, index, ...result }));
  } catch (error) {
    throw new TypeError(`${op}: ${(error as Error).message}; got ${got()}`);
  }
  return node;
}

const one = <O extends OpName>(op: O, inputs: readonly (Value | undefined)[], attributes: Attributes[O]): Value =>
  apply(op, inputs, attributes).outputs[0]!;

export const input = (name: string, dtype: DType, shape: Shape): Value => one('input', [], { name, dtype, shape });
export const parameter = (name: string, shape: readonly number[], trainable: boolean): Value =>
  one('parameter', [], { name, shape, trainable });
export const constant = (value: number): Value => one('constant', [], { value });
export const add = (a: Value, b: Value): Value => one('add', [a, b], {});
export const subtract = (a: Value, b: Value): Value => one('subtract', [a, b], {});
export const multiply = (a: Value, b: Value): Value => one('multiply', [a, b], {});
export const divide = (a: Value, b: Value): Value => one('divide', [a, b], {});
export const affine = (x: Value, factor: number, offset = 0): Value => one('affine', [x], { factor, offset });
export const tanh = (x: Value): Value => one('tanh', [x], {});
export const relu = (x: Value): Value => one('relu', [x], {});
export const sigmoid = (x: Value): Value => one('sigmoid', [x], {});
export const gelu = (x: Value, form: 'exact' | 'tanh' = 'exact'): Value => one('gelu', [x], { form });
export const toFloat = (x: Value): Value => one('toFloat', [x], {});
export const linear = (x: Value, weight: Value, bias?: Value): Value => one('linear', [x, weight, bias], {});
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  one('matmul', [a, b], { transposeA, transposeB });
export const splitHeads = (x: Value, heads: number): Value => one('splitHeads', [x], { heads });
export const mergeHeads = (x: Value): Value => one('mergeHeads', [x], {});
export const softmax = (x: Value): Value => one('softmax', [x], {});
export const attention = (
  query: Value,
  key: Value,
  value: Value,
  mask: Value,
  heads: number,
  dropout?: { readonly site: DropoutSite; readonly offsets: Value },
): Value =>
  one('attention', [query, key, value, mask, dropout?.offsets], {
    heads,
    scale: 1 / Math.sqrt((last(query) as number) / heads),
    ...dropout?.site,
  });
export const layerNorm = (x: Value, gain: Value, bias: Value, epsilon: number): Value =>
  one('layerNorm', [x, gain, bias], { epsilon });
export const dropout = (x: Value, offsets: Value, site: DropoutSite): Value => one('dropout', [x, offsets], site);
export const embedding = (table: Value, ids: Value): Value => one('embedding', [table, ids], {});
export const slice = (x: Value, axis: number, start: number, end = Number.POSITIVE_INFINITY): Value =>
  one('slice', [x], { axis, start, end });
export const concat = (a: Value, b: Value, axis: number): Value => one('concat', [a, b], { axis });
/** Keeps the symbolic dimensions and their order; only fixed ones may be regrouped. */
export const reshape = (x: Value, shape: Shape): Value => one('reshape', [x], { shape });
export const transpose = (x: Value, permutation: readonly number[]): Value => one('transpose', [x], { permutation });
export const expandLike = (x: Value, like: Value): Value => one('expandLike', [x, like], {});
export const sumLike = (x: Value, like: Value): Value => one('sumLike', [x, like], {});
export const sum = (x: Value, axes: readonly number[], keep = false): Value => one('sum', [x], { axes, keep });
export const crossEntropy = (logits: Value, labels: Value, smoothing = 0): Value =>
  one('crossEntropy', [logits, labels], { smoothing });
export const correctCount = (logits: Value, labels: Value): Value => one('correctCount', [logits, labels], {});

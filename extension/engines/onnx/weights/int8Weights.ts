import { frozenProduct, type ProductDirection } from '../../../graph/frozenProduct.ts';
import { topological } from '../../../graph/node.ts';
import type { FrozenTensor } from '../../../graph/tensor.ts';
import type { Graph } from '../../../graph/value.ts';
import { OnnxBuilder } from '../lowering/builder.ts';
import { middle, type WeightBytes } from '../lowering/int8Product.ts';
import { InferenceSession, Tensor } from '../native/engine.ts';
import { frozenValues } from './weights.ts';

/** Where a matrix lies: in memory, or in a file that the engine maps. */
export type Placed<Data> =
  | { readonly kind: 'embedded'; readonly data: Data }
  | { readonly kind: 'external'; readonly location: string; readonly offset: number };

/** A frozen matrix in bytes, laid out for the right side of a product: w ≈ values · scales, u8 values less 128. */
export interface Int8Matrix {
  readonly dtype: WeightBytes;
  /** [rows,columns] */
  readonly values: Placed<Int8Array | Uint8Array>;
  /** f32[columns] */
  readonly scales: Placed<Float32Array>;
  readonly shape: readonly [rows: number, columns: number];
}

/** Quantised weights w[out,in] by name: `forward` holds wᵀ[in,out] for x·wᵀ, `backward` w[out,in] for dy·w. */
export interface Int8Weights {
  readonly forward: ReadonlyMap<string, Int8Matrix>;
  readonly backward: ReadonlyMap<string, Int8Matrix>;
}

/** One weight that a graph multiplies by, one way. */
export interface NeededBytes {
  readonly name: string;
  readonly direction: ProductDirection;
  readonly tensor: FrozenTensor;
  readonly shape: readonly [rows: number, columns: number];
}

/** Every frozen weight of the backbone that a graph multiplies by, in the directions that it needs. @throws Error for one without values */
export function neededBytes(graph: Graph, frozen: ReadonlyMap<string, FrozenTensor>): readonly NeededBytes[] {
  const needed = new Map<string, NeededBytes>();
  for (const node of topological(Object.values(graph.outputs))) {
    const product = frozenProduct(node);
    if (!product) continue;
    const { name, direction } = product;
    const tensor = frozen.get(name);
    if (!tensor) throw new Error(`${name}: the graph needs frozen values, got none; add them to the program`);
    if (tensor.kind === 'memory' && tensor.isTuned) continue;
    const [out, inner] = tensor.shape as [number, number];
    const shape = direction === 'forward' ? ([inner, out] as const) : ([out, inner] as const);
    needed.set(`${name} ${direction}`, { name, direction, tensor, shape });
  }
  return [...needed.values()];
}

export interface QuantizedWeight extends NeededBytes {
  readonly values: Int8Array | Uint8Array;
  readonly scales: Float32Array;
}

/**
 * Quantises weights, one at a time. Symmetric, with one scale for each output of the product: value = round(w/scale),
 * scale = max |w| / 127.
 * @throws Error when the file of a weight cannot be read
 */
export async function* quantized(needed: readonly NeededBytes[], bytes: WeightBytes): AsyncGenerator<QuantizedWeight> {
  // The engine's own operations do this several times as fast as a loop over typed arrays.
  const engines = new Map<ProductDirection, InferenceSession>();
  try {
    for (const one of needed) {
      const { direction } = one;
      const engine =
        engines.get(direction) ??
        (await InferenceSession.create(quantizer(bytes, direction), { executionProviders: ['cpu'], extra: spinning }));
      engines.set(direction, engine);
      const weight = new Tensor('float32', frozenValues(one.tensor), one.tensor.shape);
      const { values, scales } = await engine.run({ weight });
      yield { ...one, values: values!.data as Int8Array | Uint8Array, scales: scales!.data as Float32Array };
    }
  } finally {
    for (const engine of engines.values()) await engine.release();
  }
}

/** Quantises weights, one way, in memory. */
export async function inMemory(
  needed: readonly NeededBytes[],
  dtype: WeightBytes,
): Promise<ReadonlyMap<string, Int8Matrix>> {
  const found = new Map<string, Int8Matrix>();
  for await (const { name, values, scales, shape } of quantized(needed, dtype)) {
    const held = <D>(data: D) => ({ kind: 'embedded', data }) as const;
    found.set(name, { dtype, shape, values: held(values), scales: held(scales) });
  }
  return found;
}

const spinning = { session: { force_spinning_stop: '1' } };

/**
 * The bytes of weights that this processor multiplies exactly. Signed ones are the faster where it has instructions for
 * byte products (VNNI, NEON's dot product). Without them the engine adds pairs of products u8·i8 in 16 bits, which
 * hold 32,767 of up to 2·255·127: large weights would come out too small. Unsigned ones it widens first.
 */
export async function exactBytes(): Promise<WeightBytes> {
  const { got, exact } = await productOfLargest();
  return got === exact ? 'i8' : 'u8';
}

/** Σ 255·127, as the engine adds it up from u8 and i8, and as it is. */
async function productOfLargest(): Promise<{ readonly got: number; readonly exact: number }> {
  const [rows, inner, columns] = [8, 64, 32];
  const builder = new OnnxBuilder();
  const x = builder.embedded('x', 'u8', [rows, inner], new Uint8Array(rows * inner).fill(255));
  const weight = builder.embedded('weight', 'i8', [inner, columns], new Int8Array(inner * columns).fill(127));
  const product = builder.microsoftNode('MatMulIntegerToFloat', [x, weight, builder.float(1), builder.float(1)]);
  builder.output('y', builder.node('ReduceMin', [product], { keepdims: 0 }), 'f32', []);
  const options = { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled', extra: spinning } as const;
  const engine = await InferenceSession.create(builder.finish(), options);
  try {
    const { y } = await engine.run({});
    return { got: (y!.data as Float32Array)[0]!, exact: inner * 255 * 127 };
  } finally {
    await engine.release();
  }
}

/** The model that quantises one weight f32[out,in] for products of one direction: an engine computes all that is in a model. */
function quantizer(dtype: WeightBytes, direction: ProductDirection): Uint8Array {
  const builder = new OnnxBuilder();
  const weight = builder.input('weight', 'f32', ['out', 'in']);
  const isForward = direction === 'forward';
  const axis = builder.integers([isForward ? 1 : 0]);
  const reduced = (op: string) => builder.node(op, [weight, axis], { keepdims: 1 });
  const magnitude = builder.node('Max', [reduced('ReduceMax'), builder.node('Neg', [reduced('ReduceMin')])]);
  const scales = builder.node('Mul', [
    builder.node('Max', [magnitude, builder.float(smallestScale * 127)]),
    builder.float(1 / 127),
  ]);
  const scaled = builder.node('Div', [weight, scales]);
  const values = builder.node('QuantizeLinear', [scaled, builder.float(1), zero(builder, dtype)]);
  const laidOut = isForward ? builder.node('Transpose', [values], { perm: [1, 0] }) : values;
  builder.output('values', laidOut, dtype, ['rows', 'columns']);
  builder.output('scales', builder.node('Reshape', [scales, builder.integers([-1])]), 'f32', ['columns']);
  return builder.finish();
}

/** A weight whose outputs are all zero must not divide by it. */
const smallestScale = 1e-30;

const zero = (builder: OnnxBuilder, dtype: WeightBytes): string =>
  dtype === 'u8' ? middle(builder) : builder.embedded('i8 0', 'i8', [], Int8Array.of(0));

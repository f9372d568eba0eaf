import { frozenProduct, type ProductDirection } from '../../../graph/frozenProduct.ts';
import { topological } from '../../../graph/node.ts';
import type { FrozenTensor } from '../../../graph/tensor.ts';
import type { Graph } from '../../../graph/value.ts';
import type { OutlierChannels } from '../../engine.ts';
import { frozenValues } from '../../frozenValues.ts';
import { OnnxBuilder } from '../lowering/builder.ts';
import { middle, type WeightBytes } from '../lowering/int8Product.ts';
import { InferenceSession, Tensor } from '../native/engine.ts';

/** Where a matrix lies: in memory, or in a file that the engine maps. */
export type Placed<Data> =
  | { readonly kind: 'embedded'; readonly data: Data }
  | { readonly kind: 'external'; readonly location: string; readonly offset: number };

/** A frozen matrix in bytes, laid out for the right side of a product: w ≈ values · scales, u8 values less 128. */
interface Int8Matrix {
  readonly dtype: WeightBytes;
  /** [rows,columns] */
  readonly values: Placed<Int8Array | Uint8Array>;
  /** f32[columns] */
  readonly scales: Placed<Float32Array>;
  readonly shape: readonly [rows: number, columns: number];
}

/**
 * Quantised weights w[out,in] by name: `forward` holds wᵀ[in,out] for x·wᵀ, `backward` w[out,in] for dy·w; `columns` what
 * is multiplied in f32 beside the bytes, w[:,channels] f32[out,k].
 */
export interface Int8Weights {
  readonly forward: ReadonlyMap<string, Int8Matrix>;
  readonly backward: ReadonlyMap<string, Int8Matrix>;
  readonly columns: ReadonlyMap<string, Placed<Float32Array>>;
}

/** What is made of one weight: bytes for products of one direction, or some of its columns as they are. */
export interface WeightPart {
  readonly name: string;
  readonly kind: ProductDirection | 'columns';
  readonly tensor: FrozenTensor;
  readonly shape: readonly [rows: number, columns: number];
  /** Those of `columns`. */
  readonly channels?: readonly number[];
}

/**
 * What a graph needs of every frozen weight of the backbone that it multiplies by.
 * @throws Error for one without values
 */
export function neededParts(
  graph: Graph,
  frozen: ReadonlyMap<string, FrozenTensor>,
  outliers: OutlierChannels = {},
): readonly WeightPart[] {
  const needed = new Map<string, WeightPart>();
  for (const node of topological(Object.values(graph.outputs))) {
    const product = frozenProduct(node);
    if (!product) continue;
    const { name, direction } = product;
    const tensor = frozen.get(name);
    if (!tensor) throw new Error(`${name}: the graph needs frozen values, got none; add them to the program`);
    if (tensor.kind === 'memory' && tensor.isTuned) continue;
    const [out, inner] = tensor.shape as [number, number];
    const shape = direction === 'forward' ? ([inner, out] as const) : ([out, inner] as const);
    needed.set(`${name} ${direction}`, { name, kind: direction, tensor, shape });
    const channels = outliers[name] ?? [];
    if (direction === 'backward' || channels.length === 0) continue;
    needed.set(`${name} columns`, { name, kind: 'columns', tensor, shape: [out, channels.length], channels });
  }
  return [...needed.values()];
}

/** A part with its arrays: values and scales of bytes, values alone of columns. */
interface MadePart {
  readonly part: WeightPart;
  readonly arrays: readonly (Int8Array | Uint8Array | Float32Array)[];
}

/**
 * Makes parts of weights, each weight read once. Bytes are symmetric, with one scale for each output of the product:
 * value = round(w/scale), scale = max |w| / 127.
 * @throws Error when the file of a weight cannot be read
 */
export async function* madeParts(parts: readonly WeightPart[], bytes: WeightBytes): AsyncGenerator<MadePart> {
  // The engine's own operations do this several times as fast as a loop over typed arrays.
  const engines = new Map<ProductDirection, InferenceSession>();
  const quantized = async (direction: ProductDirection, data: Float32Array, { shape }: FrozenTensor) => {
    const engine =
      engines.get(direction) ??
      (await InferenceSession.create(quantizer(bytes, direction), { executionProviders: ['cpu'], extra: spinning }));
    engines.set(direction, engine);
    const { values, scales } = await engine.run({ weight: new Tensor('float32', data, shape) });
    return [values!.data as Int8Array | Uint8Array, scales!.data as Float32Array];
  };
  try {
    for (const weight of new Set(parts.map(({ name }) => name))) {
      const together = parts.filter(({ name }) => name === weight);
      const { tensor } = together[0]!;
      const data = frozenValues(tensor);
      for (const part of together) {
        const { kind } = part;
        yield { part, arrays: kind === 'columns' ? [columnsOf(data, part)] : await quantized(kind, data, tensor) };
      }
    }
  } finally {
    for (const engine of engines.values()) await engine.release();
  }
}

/** w[:,channels] of a weight [out,in]: f32[out,k] */
function columnsOf(data: Float32Array, { shape: [out, count], channels }: WeightPart): Float32Array {
  const [columns, width] = [new Float32Array(out * count), data.length / out];
  for (let row = 0; row < out; row++) {
    for (let i = 0; i < count; i++) columns[row * count + i] = data[row * width + channels![i]!]!;
  }
  return columns;
}

/** Where a part's arrays lie. */
export interface PlacedPart {
  readonly part: WeightPart;
  readonly arrays: readonly Placed<Int8Array | Uint8Array | Float32Array>[];
}

/** Parts by what they are for. */
export function weightsOf(parts: readonly PlacedPart[], dtype: WeightBytes): Int8Weights {
  const of = (wanted: WeightPart['kind']) => parts.filter(({ part: { kind } }) => kind === wanted);
  const matrices = (direction: ProductDirection) =>
    new Map(
      of(direction).map(({ part: { name, shape }, arrays: [values, scales] }) => [
        name,
        { dtype, shape, values, scales } as Int8Matrix,
      ]),
    );
  const columns = of('columns').map(
    ({ part, arrays: [values] }) => [part.name, values as Placed<Float32Array>] as const,
  );
  return { forward: matrices('forward'), backward: matrices('backward'), columns: new Map(columns) };
}

/** Makes parts in memory. */
export async function inMemory(parts: readonly WeightPart[], dtype: WeightBytes): Promise<readonly PlacedPart[]> {
  const found: PlacedPart[] = [];
  for await (const { part, arrays } of madeParts(parts, dtype)) {
    found.push({ part, arrays: arrays.map((data) => ({ kind: 'embedded', data })) });
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
  // Of rows the engine finds the largest and the least number quickly, of columns neither.
  const reduced = (op: string, x: string) =>
    builder.node(op, [x, builder.integers([isForward ? 1 : 0])], { keepdims: 0 });
  const magnitude = isForward
    ? builder.node('Max', [reduced('ReduceMax', weight), builder.node('Neg', [reduced('ReduceMin', weight)])])
    : reduced('ReduceMax', builder.node('Abs', [weight]));
  const scales = builder.node('Mul', [
    builder.node('Max', [magnitude, builder.float(smallestScale * 127)]),
    builder.float(1 / 127),
  ]);
  // Scales of columns it would take number by number.
  const values = isForward
    ? builder.node('QuantizeLinear', [weight, scales, zeros(builder, dtype, scales)], { axis: 0 })
    : builder.node('QuantizeLinear', [builder.node('Div', [weight, scales]), builder.float(1), zero(builder, dtype)]);
  const laidOut = isForward ? builder.node('Transpose', [values], { perm: [1, 0] }) : values;
  builder.output('values', laidOut, dtype, ['rows', 'columns']);
  builder.output('scales', scales, 'f32', ['columns']);
  return builder.finish();
}

/** A weight whose outputs are all zero must not divide by it. */
const smallestScale = 1e-30;

const zero = (builder: OnnxBuilder, dtype: WeightBytes): string =>
  dtype === 'u8' ? middle(builder) : builder.embedded('i8 0', 'i8', [], Int8Array.of(0));

/** As many as there are scales. */
const zeros = (builder: OnnxBuilder, dtype: WeightBytes, scales: string): string =>
  builder.node('Expand', [zero(builder, dtype), builder.node('Shape', [scales])]);

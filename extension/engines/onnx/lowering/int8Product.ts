import type { OnnxBuilder } from './builder.ts';

/** Rows as bytes: x ≈ (bytes − 128) · scales. ONNX names of u8[…,in] and f32[…,1]. */
export interface Int8Rows {
  readonly bytes: string;
  readonly scales: string;
}

/** A quantised weight in the model: ONNX names of its bytes [in,out] and of f32[out]. */
export interface Int8WeightNames {
  readonly dtype: WeightBytes;
  readonly values: string;
  readonly scales: string;
  /** What is multiplied in f32 beside the bytes: input channels, and the weight's columns for them f32[out,k]. */
  readonly outliers: { readonly channels: Channels; readonly columns: string } | undefined;
}

/** Some of a value's channels, the last axis. */
export interface Channels {
  readonly numbers: readonly number[];
  /** How many channels the value has. */
  readonly of: number;
}

/** How a weight's bytes stand for numbers: `i8` as they are, `u8` less 128. */
export type WeightBytes = 'i8' | 'u8';

/** A row smaller than this everywhere counts as zero: its scale must not be. */
const smallestRow = 1e-30;

/**
 * Quantises each row on its own, scale = max |x| / 127: one large row must not spoil the others, and in backward passes
 * rows differ by orders of magnitude.
 */
export function int8Rows(builder: OnnxBuilder, value: string, without?: Channels): Int8Rows {
  const x = without ? builder.node('Mul', [value, others(builder, without)]) : value;
  const largest = builder.node('ReduceMax', [builder.node('Abs', [x]), builder.integers([-1])], { keepdims: 1 });
  const guarded = builder.node('Max', [largest, builder.float(smallestRow)]);
  const scales = builder.node('Mul', [guarded, builder.float(1 / 127)]); // […,1]
  const scaled = builder.node('Div', [x, scales]);
  return { bytes: builder.node('QuantizeLinear', [scaled, builder.float(1), middle(builder)]), scales };
}

/** 1 for every channel but these: f32[of] */
function others(builder: OnnxBuilder, { numbers, of }: Channels): string {
  const mask = new Float32Array(of).fill(1);
  for (const channel of numbers) mask[channel] = 0;
  return builder.embedded(`f32 1 × ${of} but ${numbers.join()}`, 'f32', [of], mask);
}

/** rows · weight, both back in f32: f32[…,out]. */
export function int8Product(builder: OnnxBuilder, rows: Int8Rows, weight: Int8WeightNames): string {
  const inputs = [rows.bytes, weight.values, builder.float(1), weight.scales, middle(builder)];
  if (weight.dtype === 'u8') inputs.push(middle(builder));
  return builder.node('Mul', [builder.microsoftNode('MatMulIntegerToFloat', inputs), rows.scales]);
}

/** The byte that stands for 0 where bytes have no sign. */
export const middle = (builder: OnnxBuilder): string => builder.embedded('u8 128', 'u8', [], Uint8Array.of(128));

import type { SafetensorsDType } from './safetensorsHeader.ts';

/** Reads elements of one dtype as f32: `count` of them from the view's beginning. */
type Widen = (from: DataView, count: number, to: Float32Array) => void;

/** The dtypes that weights may have. f64 is rounded to f32; the narrower ones are exact in it. */
export const floatFormats: { readonly [D in SafetensorsDType]?: Widen } = {
  F32: (from, count, to) => {
    for (let i = 0; i < count; i++) to[i] = from.getFloat32(4 * i, true);
  },
  F64: (from, count, to) => {
    for (let i = 0; i < count; i++) to[i] = from.getFloat64(8 * i, true);
  },
  BF16: (from, count, to) => {
    const bits = new Uint32Array(to.buffer, to.byteOffset, count);
    for (let i = 0; i < count; i++) bits[i] = from.getUint16(2 * i, true) << 16;
  },
  F16: (from, count, to) => {
    for (let i = 0; i < count; i++) to[i] = halfToNumber(from.getUint16(2 * i, true));
  },
};

/** IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of mantissa. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

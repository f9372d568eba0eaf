import { GGMLQuantizationType } from '@huggingface/gguf';
import { floatFormats } from '../../checkpoint/format/floatFormats.ts';
import type { GgufDtype } from '../../contract/exportFormat.ts';

/** How the numbers of a tensor lie in a GGUF file. */
export interface GgufEncoding {
  /** ggml's number of the type. */
  readonly type: number;
  /** Numbers of a block, of which a row has whole ones. */
  readonly blockSize: number;
  readonly blockBytes: number;
  encode(values: Float32Array): Uint8Array;
  decode(bytes: Uint8Array, values: Float32Array): void;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);

const quantized = { size: 32, bytes: 34, most: 127 } as const;

/** The types that are written. @see ggml's `quantize_row_q8_0_ref` */
export const ggufEncodings: Readonly<Record<GgufDtype, GgufEncoding>> = {
  f32: {
    type: 0,
    blockSize: 1,
    blockBytes: 4,
    encode: ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    decode: (bytes, values) => floatFormats.F32!(viewOf(bytes), values.length, values),
  },
  f16: {
    type: 1,
    blockSize: 1,
    blockBytes: 2,
    encode(values) {
      const halves = Uint16Array.from(values, halfOf);
      return new Uint8Array(halves.buffer);
    },
    decode: (bytes, values) => floatFormats.F16!(viewOf(bytes), values.length, values),
  },
  // Of each 32 numbers a scale in f16, the largest over 127, and 32 bytes.
  q8_0: {
    type: 8,
    blockSize: quantized.size,
    blockBytes: quantized.bytes,
    encode(values) {
      const blocks = values.length / quantized.size;
      const bytes = new Uint8Array(blocks * quantized.bytes);
      const view = viewOf(bytes);
      for (let block = 0; block < blocks; block++) {
        const own = values.subarray(block * quantized.size, (block + 1) * quantized.size);
        const scale = Math.fround(own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / quantized.most);
        const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
        const at = block * quantized.bytes;
        view.setUint16(at, halfOf(scale), true);
        for (const [i, value] of own.entries()) view.setInt8(at + 2 + i, awayFromZero(Math.fround(value * inverse)));
      }
      return bytes;
    },
    decode(bytes, values) {
      const view = viewOf(bytes);
      const scale = new Float32Array(1);
      for (let i = 0; i < values.length; i++) {
        const at = Math.floor(i / quantized.size) * quantized.bytes;
        if (i % quantized.size === 0) floatFormats.F16!(new DataView(view.buffer, view.byteOffset + at, 2), 1, scale);
        values[i] = scale[0]! * view.getInt8(at + 2 + (i % quantized.size));
      }
    },
  },
};

/** As some files have vectors; only read. */
const bf16: Omit<GgufEncoding, 'encode'> = {
  type: 30,
  blockSize: 1,
  blockBytes: 2,
  decode: (bytes, values) => floatFormats.BF16!(viewOf(bytes), values.length, values),
};

/** How numbers of one of ggml's types lie; undefined for one that is not read. */
export const encodingOfType = (type: number): Omit<GgufEncoding, 'encode'> | undefined =>
  [...Object.values(ggufEncodings), bf16].find((encoding) => encoding.type === type);

/** Numbers of a block and its bytes, of types that are copied as they are. @see gguf-py's `GGML_QUANT_SIZES` */
const copied: Readonly<Partial<Record<keyof typeof GGMLQuantizationType, readonly [number, number]>>> = {
  Q4_0: [32, 18],
  Q4_1: [32, 20],
  Q5_0: [32, 22],
  Q5_1: [32, 24],
  Q8_1: [32, 40],
  Q2_K: [256, 84],
  Q3_K: [256, 110],
  Q4_K: [256, 144],
  Q5_K: [256, 176],
  Q6_K: [256, 210],
  Q8_K: [256, 292],
  IQ1_S: [256, 50],
  IQ1_M: [256, 56],
  IQ2_XXS: [256, 66],
  IQ2_XS: [256, 74],
  IQ2_S: [256, 82],
  IQ3_XXS: [256, 98],
  IQ3_S: [256, 110],
  IQ4_NL: [32, 18],
  IQ4_XS: [256, 136],
  TQ1_0: [256, 54],
  TQ2_0: [256, 66],
  MXFP4: [32, 17],
};

/** Bytes of so many numbers of one of ggml's types; one, the least, for a type that is not known. */
export function storedBytes(type: number, count: number): number {
  const { blockSize, blockBytes } = encodingOfType(type) ?? {};
  const [size, bytes] = copied[GGMLQuantizationType[type] as keyof typeof GGMLQuantizationType] ?? [
    blockSize,
    blockBytes,
  ];
  return size === undefined || bytes === undefined ? 1 : Math.ceil(count / size) * bytes;
}

const awayFromZero = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

const single = new Float32Array(1);
const bitsOfSingle = new Uint32Array(single.buffer);

/** Bits of the nearest IEEE 754 binary16, of two equally near ones the even. */
function halfOf(value: number): number {
  single[0] = value;
  const bits = bitsOfSingle[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size + 0xfff + ((size >>> 13) & 1) - 0x38000000) >>> 13);
  const steps = Math.abs(value) * 2 ** 24;
  const below = Math.floor(steps);
  const rest = steps - below;
  return sign | (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below);
}

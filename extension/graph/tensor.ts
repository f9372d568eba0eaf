/** A dense host tensor. */
export type Tensor =
  | { readonly dtype: 'f32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'i64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

/** Floats that are exact in f32. */
type NarrowFloat = 'BF16' | 'F16';

export type Feeds = Readonly<Record<string, Tensor>>;

/** Where a frozen tensor's bytes lie, little-endian, row-major. */
export type FrozenTensor =
  /** f32, where an engine can map it. */
  | { readonly kind: 'file'; readonly file: string; readonly offset: number; readonly shape: readonly number[] }
  /** Fewer bits, widened to f32 whenever they are read: memory holds only what is in use. */
  | {
      readonly kind: 'narrow';
      readonly file: string;
      readonly offset: number;
      readonly dtype: NarrowFloat;
      readonly shape: readonly number[];
    }
  | {
      readonly kind: 'memory';
      readonly data: Float32Array;
      readonly shape: readonly number[];
      /** Multiplied as it is, whatever the backbone: it was tuned. */
      readonly isTuned?: boolean;
    };

/** The number of values in a tensor of this shape. */
export const elements = (shape: readonly number[]): number => shape.reduce((n, dim) => n * dim, 1);

/** A dense host tensor. */
export type Tensor =
  | { readonly dtype: 'f32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'i64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

export type Feeds = Readonly<Record<string, Tensor>>;

/** Where a frozen tensor's bytes lie; f32 little-endian, row-major. */
export type FrozenTensor =
  | { readonly kind: 'file'; readonly file: string; readonly offset: number; readonly shape: readonly number[] }
  | {
      readonly kind: 'memory';
      readonly data: Float32Array;
      readonly shape: readonly number[];
      /** Multiplied as it is, whatever the backbone: it was tuned. */
      readonly isTuned?: boolean;
    };

/** What a `config.json` says of a model's size, whatever its family; each family adds what it alone needs. */
export interface ModelDimensions {
  /** Name of the family. */
  readonly architecture: string;
  readonly layers: number;
  /** D */
  readonly hidden: number;
  /** H */
  readonly heads: number;
  /** Heads of keys and values, each read by several of the queries'; absent: as many as those. */
  readonly kvHeads?: number;
  /** Width of the keys and values that attention reads: less than `hidden` where heads share them. */
  readonly keyValueWidth: number;
  readonly vocabulary: number;
  /** Longest sequence, special tokens included. */
  readonly maxSequence: number;
  /** The key of `config.json` that sets `maxSequence`, where it is another than the number of positions. */
  readonly sequenceLimit?: string;
  readonly initializerRange: number;
}

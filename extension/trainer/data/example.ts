/** One encoded item: token ids with what the task needs to learn from it. */
export interface Example {
  /** Position in the split, from 0: predictions and misclassified rows are reported by it. */
  readonly index: number;
  readonly inputIds: readonly number[];
  /** Segment ids, equally long. */
  readonly tokenTypeIds: readonly number[];
  /**
   * classification: one class · regression: one number · token-classification and masked-lm: one class per token,
   * −100 where nothing is to be predicted.
   */
  readonly target: readonly number[];
}

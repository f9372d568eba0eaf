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
  /** token-classification: words that the model does not read, cut off or without a token, in their order. */
  readonly unread?: readonly UnreadWord[];
}

/** A row as a task encodes it. */
export interface EncodedRow extends Omit<Example, 'index'> {
  /** Tokens that the row would take with nothing cut. */
  readonly fullLength: number;
}

export interface UnreadWord {
  /** Its place in the sentence, from 0. */
  readonly word: number;
  readonly label: number;
}

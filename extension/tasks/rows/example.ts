/** Token ids or segment ids: as a tokenizer gives them, or those that a split keeps, not copied. */
export type Ids = readonly number[] | Int32Array | Uint8Array;

/** One encoded item: token ids with what the task needs to learn from it. */
export interface Example {
  /** Position in the split, from 0: predictions and misclassified rows are reported by it. */
  readonly index: number;
  readonly inputIds: Ids;
  /** Segment ids, equally long. */
  readonly tokenTypeIds: Ids;
  /**
   * classification: one class · regression: one number · others: one class per token, −100 where
   * nothing is to be predicted.
   */
  readonly target: readonly number[];
  /** token-classification: words that the model does not read, cut off or without a token, in their order. */
  readonly unread?: readonly UnreadWord[];
}

/** A row as a task encodes it. */
export interface EncodedRow extends Omit<Example, 'index'> {
  /** Tokens that the row would take with nothing cut. */
  readonly fullLength: number;
  /** How many tokens that were to be predicted are cut. */
  readonly cutTargets?: number;
  /** Whether a chat template wrote the date into it. */
  readonly isDated?: boolean;
}

export interface UnreadWord {
  /** Its place in the sentence, from 0. */
  readonly word: number;
  readonly label: number;
}

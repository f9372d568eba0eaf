import type { Feeds, Tensor } from '../graph/tensor.ts';
import type { DType, Shape, Value } from '../graph/value.ts';
import type { OutcomeKind } from '../metrics/metric.ts';
import type { MetricValues } from '../metrics/registry.ts';
import type { HeadKind } from '../models/model.ts';
import type { EncodedRow, Example } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import type { Columns, Row } from './rows/row.ts';
import type { Tokenizer } from './rows/tokenizer.ts';

/** One kind of learning problem: which head it needs, its loss in graph ops, and how its outputs are judged. */
export interface Task<Name extends string = string> {
  readonly name: Name;
  readonly head: HeadKind;
  /** Number of logits: classes, 1 for regression, the vocabulary for masked-lm. */
  outputs(labels: LabelNames, vocabulary: number): number;
  /** dtype and shape of the feed `labels`. */
  readonly labelsInput: { readonly dtype: DType; readonly shape: Shape };
  /** Summed loss f32[] over the labelled items of the batch. */
  loss(logits: Value, labels: Value, smoothing: number): Value;
  /** What an evaluation needs of a batch beside the loss: the smaller, the faster; large outputs are slow to fetch. */
  judged(logits: Value, labels: Value): Readonly<Record<string, Value>>;
  /** How many items of the example count in the loss: what the summed loss is divided by. */
  labelledItems(example: Example): number;
  /** The feed `labels` for examples padded to `length`. */
  collateLabels(examples: readonly Example[], length: number): Tensor;
  /** What an evaluation collects: it decides which metrics there are. */
  readonly outcome: OutcomeKind;
  /** Labels for which something else is collected. */
  readonly special?: SpecialLabels;
  /** Collects outputs batch by batch and computes the metrics at the end. */
  evaluator(labels: LabelNames): Evaluator;
  /**
   * Labels that a row names, for the label map; empty for tasks without classes.
   * @throws DataError for a row that `encode` would refuse whatever the tokenizer and the label map are
   */
  rowLabels(row: Row, columns: Columns): readonly string[];
  /**
   * A row as the model reads it, with its target.
   * @throws DataError when a cell is missing or wrong, or a label is not in the map
   */
  encode(row: Row, columns: Columns, tokenizer: Tokenizer, context: EncodeContext): EncodedRow;
  /**
   * What of an example changes from epoch to epoch (masked-lm: which tokens are masked); a function of its arguments
   * alone. Evaluation uses one fixed epoch.
   */
  readonly vary?: (example: Example, tokenizer: Tokenizer, variation: Variation) => Example;
}

/** Labels that are judged in another way than a task's others. */
export interface SpecialLabels {
  readonly outcome: OutcomeKind;
  /** What they are, in the plural: `tags that are no spans`. */
  readonly title: string;
  /** Code of the note that tells of them. */
  readonly code: string;
  /** What people are told, with what follows from it; undefined for usual labels. */
  note(labels: LabelNames): string | undefined;
  /** Whether they are most likely a mistake. */
  isDoubtful(labels: LabelNames): boolean;
}

export interface EncodeContext {
  readonly labels: LabelNames;
  readonly maxLength: number;
}

export interface Variation {
  readonly seed: number;
  /** From 0; −1 when evaluating. */
  readonly epoch: number;
  /** `training.mlm_probability` */
  readonly probability: number;
}

export interface Evaluator {
  /** @param outputs what `judged` names */
  add(examples: readonly Example[], outputs: Readonly<Record<string, Tensor>>): void;
  /** Those of the task, given the mean loss; without the loss itself, which is added as `loss`. */
  metrics(loss: number): MetricValues;
  /** Rows: true class, columns: predicted class; for tasks with classes. */
  confusion?(): number[][];
}

/** Feeds common to all tasks: `input_ids`, `token_type_ids`, `attention_mask`, `position_ids`, i64[B,S]. */
export interface Batch {
  readonly examples: readonly Example[];
  readonly feeds: Feeds;
  /** Real tokens, padding aside. */
  readonly tokens: number;
  readonly labelledItems: number;
}

import type { Feeds, Tensor } from '../graph/tensor.ts';
import type { DType, Shape, Value } from '../graph/value.ts';
import type { ConfusionMatrix } from '../metrics/confusionMatrix.ts';
import type { OutcomeKind } from '../metrics/metric.ts';
import type { MetricValues } from '../metrics/registry.ts';
import type { RowOutcomes } from '../metrics/rowOutcomes.ts';
import type { HeadKind } from '../models/model/model.ts';
import type { NumberUnit } from '../numbers/numberUnit.ts';
import type { EncodedRow, Example } from './rows/example.ts';
import type { LabelNames } from './rows/labels.ts';
import type { Columns, Row } from './rows/row.ts';
import type { Encoding, Tokenizer } from './rows/tokenizer.ts';

/** Columns of data files by their keys in a config. */
export const columnKeys = [
  'text',
  'text_pair',
  'prompt',
  'input',
  'completion',
  'messages',
  'tokens',
  'label',
] as const;
export type ColumnKey = (typeof columnKeys)[number];

/** Config keys that some tasks use and others do not. */
export type TaskOption =
  | 'data.labels'
  | 'data.chat_template'
  | 'data.long_texts'
  | 'training.mlm_probability'
  | 'training.label_smoothing'
  | 'train_pooler';

/** One kind of learning problem: everything that config, editor, trainer and exports know of it. */
export interface Task<Name extends string = string> {
  /** As configs and run records have it. */
  readonly name: Name;
  /** In lists: `Token classification`. */
  readonly title: string;
  /** What it learns, in a sentence. */
  readonly summary: string;
  readonly head: HeadKind;
  /** The columns that it reads: it needs one, asks for one, or takes one that a config names. */
  readonly columns: Readonly<Partial<Record<ColumnKey, 'needed' | 'asked' | 'taken'>>>;
  /** Kind of a row's label: classes, which the training file tells; a number; or none. */
  readonly labels: 'classes' | 'numbers' | 'none';
  /** Those that have an effect. */
  readonly options: readonly TaskOption[];
  /**
   * Batches whose rows are sorted by length together, where a config does not say. Sorting costs a tagger points of F1,
   * whatever the window, and sequences nothing that could be measured (bench/NOTES.md).
   */
  readonly lengthWindow: number;
  /** How well the first rows of a file suit it: the task with the largest number is proposed; 0: not at all. */
  suits(sample: SampledRows): number;
  readonly huggingFace: HuggingFaceFacts;
  /** Number of logits: classes, 1 for regression, the vocabulary for tokens. */
  outputs(labels: LabelNames, vocabulary: number): number;
  /**
   * Whether a batch picks the rows that are read (`rows` i64[M]), so that there are logits of nothing else, f32[M,V].
   * With a frozen head its loss and `correct`, the count of labels predicted right, come without logits.
   */
  readonly picksRows?: true;
  /** dtype and shape of the feed `labels`, for so many logits. */
  labelsInput(outputs: number): { readonly dtype: DType; readonly shape: Shape };
  /** Summed loss f32[] over the labelled items of the batch. */
  loss(logits: Value, labels: Value, smoothing: number): Value;
  /** Evaluation outputs of a batch beside the loss: the smaller, the faster; large outputs are slow to fetch. */
  evaluationOutputs(logits: Value, labels: Value): Readonly<Record<string, Value>>;
  /** How many items of the example count in the loss: what the summed loss is divided by. */
  labelledItems(example: Example): number;
  /** The feed `labels` for examples padded to `length`, and `rows` where the task picks them. */
  collateLabels(examples: readonly Example[], length: number): Feeds;
  /** Kind of values that an evaluation collects; it decides which metrics there are. */
  readonly outcome: OutcomeKind;
  /** Labels for which something else is collected. */
  readonly special?: SpecialLabels;
  /** The task with numbers that are fed, and logits that are read, in another unit than the file's; its metrics are in the file's. */
  readonly learnedIn?: (unit: NumberUnit) => Task<Name>;
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
  /** A row as several of `maxLength` tokens at most, where texts can be split. @param whole encoded with nothing cut */
  readonly pieces?: (whole: EncodedRow, maxLength: number) => readonly EncodedRow[];
  /** Dynamic masking: other tokens are hidden in each epoch, by the arguments alone. Evaluation uses one fixed epoch. */
  readonly maskTokens?: (example: Example, tokenizer: Tokenizer, masking: Masking) => Example;
  /**
   * Reads the answer from the logits of one row of a batch.
   * @param question the row without its label
   */
  answer(question: Question, logits: Tensor, row: number, context: AnswerContext): Answer;
  /** The right answer, if this one is wrong; absent where no answer is simply right. */
  readonly missed?: (example: Example, answer: Answer, labels: LabelNames) => unknown;
}

/** Values of the first rows of a file, in the columns that a task would read. */
interface SampledRows {
  /** Whether every row has a list of words. */
  readonly hasWords: boolean;
  /** Distinct labels; none where no column is one of labels. */
  readonly labels: readonly string[];
  /** Whether there are columns of prompts and of what follows them. */
  readonly hasCompletions: boolean;
}

/** Hugging Face's names for a model of a task. */
interface HuggingFaceFacts {
  readonly pipeline: string;
  /** `task_type` of a PEFT adapter; null where an adapter has no place for the head. */
  readonly peftType: string | null;
  /** `problem_type` of a model's config. */
  readonly problemType?: string;
}

/** One text to be labelled, as the model reads it. */
export interface Question {
  readonly encoded: Encoding;
  /** Where words are labelled: each with the place of its first token, −1 where it was cut off or has none. */
  readonly words: readonly { readonly text: string; readonly token: number }[];
}

interface AnswerContext {
  readonly labels: LabelNames;
  readonly tokenizer: Tokenizer;
  /** The text of a token that stands behind others. */
  readonly tokenText: (id: number) => string;
}

/** A model's answer to a text. */
export interface Answer {
  /** Class name, or the number for regression. */
  readonly label?: string | number;
  readonly probabilities?: Readonly<Record<string, number>>;
  /** One label per word; `unread` marks words that the model cannot read, which count as outside. */
  readonly tokens?: readonly { readonly text: string; readonly label: string; readonly unread?: true }[];
}

/** Labels that are judged in another way than a task's others. */
interface SpecialLabels {
  readonly outcome: OutcomeKind;
  /** Their name, in the plural: `tags that are no spans`. */
  readonly title: string;
  /** Code of the note that tells of them. */
  readonly code: string;
  /** The note for people, with the consequence; undefined for usual labels. */
  note(labels: LabelNames): string | undefined;
  /** Whether they are most likely a mistake. */
  isDoubtful(labels: LabelNames): boolean;
}

interface EncodeContext {
  readonly labels: LabelNames;
  readonly maxLength: number;
}

interface Masking {
  readonly seed: number;
  /** From 0; −1 when evaluating. */
  readonly epoch: number;
  /** `training.mlm_probability` */
  readonly probability: number;
}

export interface Evaluator {
  /** @param outputs what `evaluationOutputs` names */
  add(examples: readonly Example[], outputs: Readonly<Record<string, Tensor>>): void;
  /** Those of the task, given the mean loss; without the loss itself, which is added as `loss`. */
  metrics(loss: number): MetricValues;
  /** For tasks with one class an item. */
  confusion?(): Pick<ConfusionMatrix, 'rows' | 'cells'>;
  /** The outcome of each row; absent for tasks whose rows are not judged one by one. */
  rows?(): RowOutcomes | undefined;
}

/** Feeds common to all tasks: `input_ids`, `token_type_ids`, `attention_mask`, `position_ids`, i64[B,S]. */
export interface Batch {
  readonly examples: readonly Example[];
  readonly feeds: Feeds;
  /** Real tokens, padding aside. */
  readonly tokens: number;
  readonly labelledItems: number;
}

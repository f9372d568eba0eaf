import type { ZodType } from 'zod';
import type { Value } from '../../graph/value.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { SiteTransforms } from '../../models/model/sites.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import type { PeftCodec, PeftModules } from './peft.ts';
import type { PendingSelection } from './selection.ts';

/** How a new tensor gets its first values from a seed alone. */
export type DrawnInitializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number };

/** How a new tensor f32[l,K] gets its first values: drawn, or as the keys or values that a block reads of l training tokens. */
export type Initializer = DrawnInitializer | TokenInitializer;

interface TokenInitializer {
  readonly kind: 'tokens';
  readonly layer: number;
  readonly part: 'key' | 'value';
}

/** A tensor that a method adds: where it belongs, its size and its first values. */
export interface AddedTensor extends TensorSpec {
  readonly initializer: Initializer;
  /** Whether it is added to what the frozen model has: with zeros, and whatever else is tuned, it changes nothing. */
  readonly isOffset?: true;
  /** What it belongs to, where its site alone would not say: `prefix key`. */
  readonly part?: string;
}

/** A method on one model: its tensors and what they do. Counts, graphs and merged weights all come from here. */
export interface Modules {
  /** Base tensors, by their specs, that become tunable. */
  readonly unfrozen: readonly TensorSpec[];
  readonly added: readonly AddedTensor[];
  /** Places of the numbers that are tuned, ascending, by the names of tensors of which others keep their first values. */
  readonly only?: ReadonlyMap<string, readonly number[]>;
  /** How the added tensors change values at the model's sites. */
  apply?(parameter: (name: string) => Value, batch: BatchReads): SiteTransforms;
  /** Base weights that the added tensors move, where these do not tell one by one: ΔW of a low-rank update. */
  readonly moved?: MovedWeights;
  /** Folds the added tensors into base weights; absent where nothing is added, or the method cannot be merged. */
  fold?(tensors: TensorAccess): void;
}

interface MovedWeights {
  /** Names of the added tensors that move them. */
  readonly by: readonly string[];
  readonly specs: readonly TensorSpec[];
  /** What is added to one of them. @param read an added tensor */
  change(spec: TensorSpec, read: (name: string) => Float32Array): ArrayLike<number>;
}

/** What a method may read of a batch. */
export interface BatchReads {
  /** i64[B,S], 1 for real tokens. */
  attentionMask(): Value;
}

/** What a method may look at: sizes and names, never values. */
export interface ModelOutline {
  readonly dimensions: ModelDimensions;
  readonly tensors: readonly TensorSpec[];
}

/**
 * One parameter-efficient fine-tuning method. Everything the editor shows (count, hover, completion) and everything
 * the trainer builds derives from this value.
 */
export interface Method<Options = unknown> {
  /** As written in a config: `ln-tuning`. */
  readonly name: string;
  /** As shown to people: `LN-tuning`. */
  readonly title: string;
  /** What is tuned, with the formula, in one or two sentences (Markdown). */
  readonly summary: string;
  /** What papers found, with numbers; shown in hovers. */
  readonly findings?: string;
  /** Citation: authors, title, arXiv id. */
  readonly paper: string;
  /** One schema per option, with range, default and description: checks, completion and hovers derive from it. */
  readonly options: ZodType<Options> & { readonly shape: Readonly<Record<string, ZodType>> };
  /** Options that are sizes of its tensors, by their letters in formulas: `r` → `rank`. */
  readonly letters?: Readonly<Record<string, string>>;
  readonly learningRate: LearningRate;
  /** Its rate with these options, where they change it. */
  rateWith?(options: Options): LearningRate;
  /** @throws MethodError when an option matches nothing on this model (with what would match). */
  modules(model: ModelOutline, options: Options): Modules;
  /** For a method that may tune some of its tensors alone, chosen when a run begins. */
  readonly selection?: SelectionOf<Options>;
  /** For a method that may train more than it keeps (a reparameterised prefix); absent: what is trained is kept. */
  readonly storedForm?: StoredForm<Options>;
  /** Why the base weights cannot hold the method's effect; absent, or undefined: they can. */
  cannotMerge?(options: Options, model: ModelDimensions): string | undefined;
  /** How PEFT stores it; absent: it cannot. */
  readonly peft?: PeftCodec<Options> | PeftModules<Options>;
  /** Parts of the model that it changes, for findings about unions; absent where none was studied. */
  parts?(options: Options): readonly ModelPart[];
  /** The option that keeps it away from the FFN, for methods that may change it. */
  awayFromFfn?(options: Options): { readonly option: string; readonly value: string };
  /** Positions of the model that the method takes from the text, and the option that decides how many. */
  readonly positions?: { readonly option: string; taken(options: Options): number };
}

export type ModelPart = 'attention' | 'ffn' | 'norm';

/** A method's default rate and the range outside which the editor warns. */
export interface LearningRate {
  readonly default: number;
  /** Default for models with D < 256, where it differs from `small`; docs/defaults.md has the sweeps behind both. */
  readonly tiny?: number;
  /** Default for models with D < 512, where it differs. */
  readonly small?: number;
  /** Default for models with D ≥ 1024, where it differs. */
  readonly large?: number;
  readonly low: number;
  readonly high: number;
}

/** How a method leaves to a run which of its tensors are tuned. Until then its modules are as many others of these. */
interface SelectionOf<Options> {
  /** Undefined where nothing is to be chosen, or it has been. */
  pending(model: ModelOutline, options: Options): PendingSelection | undefined;
  /** The options with what was chosen; undefined: with every candidate. */
  settled(options: Options, names: readonly string[] | undefined): Options;
}

/** What is kept of a method that trains more than it keeps. */
interface StoredForm<Options> {
  /** The options whose modules hold the kept tensors; the same object when all are kept. */
  options(options: Options): Options;
  /** Computes the kept tensors from the trained ones: reads those of these options, writes those of the stored ones. */
  fold(model: ModelOutline, options: Options, tensors: TensorAccess): void;
}

/**
 * Reads tuned and base tensors and writes merged base tensors. A tensor that was written or tuned is read with its
 * new values, so that folds of several methods add up.
 */
export interface TensorAccess {
  read(name: string): Float32Array;
  write(name: string, values: Float32Array): void;
}

/** A method with its options fixed, as a config names it. */
export interface ConfiguredMethod<Options = unknown> {
  readonly method: Method<Options>;
  readonly options: Options;
  /** Set by the option `learning_rate` of the method's entry. */
  readonly learningRate: number | undefined;
}

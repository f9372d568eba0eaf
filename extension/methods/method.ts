import type { ZodType } from 'zod';
import type { Value } from '../graph/value.ts';
import type { ModelDimensions } from '../models/dimensions.ts';
import type { SiteTransforms } from '../models/sites.ts';
import type { TensorSpec } from '../models/tensors.ts';

/** How a new tensor gets its first values. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number };

/** A tensor that a method adds: where it belongs, its size and its first values. */
export interface AddedTensor extends TensorSpec {
  readonly initializer: Initializer;
}

/** What a method makes tunable on one model: the base tensors it unfreezes and the tensors it adds. */
export interface Declaration {
  /** Base tensors, by their specs, that become tunable. */
  readonly unfrozen: readonly TensorSpec[];
  readonly added: readonly AddedTensor[];
  /** Numbers kept after training where fewer than are trained (a reparameterised prefix); default: all of them. */
  readonly storedCount?: number;
}

/** What a declaration may look at: sizes and names, never values. */
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
  /** The count formula, e.g. `2d(2L+1)`. */
  readonly formula: string;
  /** What papers found, with numbers; shown in hovers. */
  readonly findings?: string;
  /** Citation: authors, title, arXiv id. */
  readonly paper: string;
  readonly options: ZodType<Options>;
  /** Default learning rate and the range outside which the editor warns. */
  readonly learningRate: { readonly default: number; readonly low: number; readonly high: number };
  /** @throws MethodError when an option matches nothing on this model (with what would match). */
  declare(model: ModelOutline, options: Options): Declaration;
  /** How the method changes values at the model's sites; absent for methods that only unfreeze. */
  transforms?(model: ModelOutline, options: Options, parameter: (name: string) => Value): SiteTransforms;
  /** Which of the method's effects can be folded into the base weights, or why none can. */
  readonly merge: Merge<Options>;
}

export type Merge<Options> =
  | { readonly kind: 'fold'; fold(model: ModelOutline, options: Options, tensors: TensorAccess): void }
  | { readonly kind: 'impossible'; readonly reason: string };

/** Reads tuned and base tensors and writes merged base tensors. */
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

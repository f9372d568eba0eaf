import type { ZodType } from 'zod';
import type { Value } from '../../graph/value.ts';
import type { KeyValue } from '../../nn/attention.ts';
import type { Dropout } from '../../nn/dropout.ts';
import type { ModelDimensions } from './dimensions.ts';
import type { GgufLayout } from './ggufLayout.ts';
import type { SiteTransforms } from './sites.ts';
import type { TensorSource } from './tensorSource.ts';
import type { TensorSpec } from './tensors.ts';

/** Gives the value of a named tensor: frozen, tunable, or rewritten by a method. */
type ParameterSource = (name: string) => Value;

/** What a batch may bring for a model to read, with its dimensions; all i64. */
export const modelInputs = {
  input_ids: ['B', 'S'],
  token_type_ids: ['B', 'S'],
  /** 1 for real tokens. */
  attention_mask: ['B', 'S'],
  /** Of real tokens, a method's shift and the family's first position included; the batcher makes them. */
  position_ids: ['B', 'S'],
  /** Rows of the flattened [B·S,D], each at most once: those that a batch picks, */
  rows: ['M'],
  /** and that of each text's last real token. */
  last_rows: ['B'],
} as const;
type ModelInput = keyof typeof modelInputs;

/**
 * Which rows of the hidden states are read: `all` f32[B,S,D], the `first` token's f32[B,1,D], the `last` real token's
 * f32[B,D], or those that the batch has `picked` f32[M,D].
 */
export type RowSelection = 'all' | 'first' | 'last' | 'picked';

/** All that a model needs to write down its forward pass. */
export interface ForwardContext {
  readonly parameter: ParameterSource;
  readonly sites: Required<SiteTransforms>;
  readonly dropout: Dropout;
  input(name: ModelInput): Value;
  readonly rows: RowSelection;
  /** Where the keys and values of earlier tokens are kept; absent: the sequence is all there is. */
  readonly cache?: KeyValueCache | undefined;
}

/** Lets a decoder read on from earlier tokens instead of computing them again. */
interface KeyValueCache {
  /** Attention of a block's new tokens over the earlier ones and themselves, f32[B,S,H·E]. */
  attend(
    layer: number,
    query: Value,
    own: Pick<KeyValue, 'key' | 'value'>,
    count: { readonly heads: number; readonly kvHeads: number },
    sites: Required<SiteTransforms>,
  ): Value;
}

/** A tensor that a model's sizes determine: neither in its checkpoint nor among its parameters. */
export interface ConstantTensor {
  readonly name: string;
  readonly shape: readonly number[];
  values(): Float32Array;
}

/** A model without a head, built from parts for one set of sizes. */
export interface BareModel {
  /** In checkpoint order, the pooler (site `pooler`) included where there is one. */
  readonly tensors: readonly TensorSpec[];
  /** What the forward pass asks for beside `tensors`: tables of rotary positions. */
  readonly constants: readonly ConstantTensor[];
  /** Hidden states after the last block (and the norm behind it), of the rows that are asked for. */
  encode(context: ForwardContext): Value;
}

export const headKinds = ['sequence', 'token', 'masked-lm', 'causal-lm'] as const;
export type HeadKind = (typeof headKinds)[number];

/** The head of models that write text. */
export const writingHead = 'causal-lm' satisfies HeadKind;

/** A task head built for one model and a number of outputs: C logits, or the vocabulary. */
export interface Head {
  /** Whether the logits go through the bare model's pooler; it is then part of the run, else left out of it. */
  readonly readsPooler: boolean;
  readonly rows: RowSelection;
  /** Task-specific tensors (site `head`); the pooler stays with the bare model. */
  readonly tensors: readonly TensorSpec[];
  /** Whether its tensors belong to the base model as the others do: frozen unless a method tunes them. */
  readonly isBase?: true;
  /** Weight [V,D] of a head that does nothing but multiply. */
  weight?(context: Pick<ForwardContext, 'parameter'>): Value;
  /**
   * sequence: the first or the last row → logits f32[B,C] · token: f32[B,S,C] · masked-lm and causal-lm: f32[B,S,V], or
   * of picked rows f32[M,V].
   */
  logits(context: Pick<ForwardContext, 'parameter' | 'dropout' | 'input'>, hidden: Value): Value;
  /** Path of a part that the family's other heads have too: a checkpoint of those holds it, without the rest. */
  readonly shared?: string;
}

/** How a family wants the rows of a batch. */
export interface BatchLayout {
  readonly padTokenId: number;
  /** How many kinds of segments `token_type_ids` tells apart; 0 or 1: none. */
  readonly tokenTypes: number;
  /** Position id of the first token of a row. */
  readonly firstPosition: number;
  /** Position id of padding. */
  readonly padPosition: number;
}

/** What a family's Hugging Face checkpoints hold, and under which names. */
export interface CheckpointLayout<D extends ModelDimensions = ModelDimensions> {
  /** Of the backbone's names in task models; bare models have none. */
  readonly prefix: string;
  /** Heads and poolers of other tasks, buffers, and copies of the word table that are tied to it; names without prefix. */
  readonly unused: RegExp;
  /**
   * Other names under which a tensor may be stored, alone or beside its own; one that a head has itself is none.
   * Transformers ties both names, unless both are stored and their values differ.
   */
  readonly aliases: Readonly<Record<string, string>>;
  /** Where a tensor lies that is not stored as it is here, under its own name. */
  source?(spec: TensorSpec, dimensions: D): TensorSource | undefined;
}

/** Everything about one family of models: nothing about it stands anywhere else. */
export interface ModelFamily<D extends ModelDimensions = ModelDimensions> {
  /** `model_type` in `config.json`: `bert`. */
  readonly name: string;
  /** As people write it: `BERT`. */
  readonly title: string;
  /** Reads a `config.json`; defaults are those of Hugging Face's configuration class. */
  readonly config: ZodType<D>;
  /** What is wrong between the sizes themselves, each as one sentence. */
  problems(dimensions: D): readonly string[];
  build(dimensions: D): BareModel;
  /** For each kind of head that the family has. */
  readonly heads: Readonly<Partial<Record<HeadKind, BuildHead<D>>>>;
  batch(dimensions: D): BatchLayout;
  /** What people should know of a model before they tune it, if anything. */
  note?(dimensions: D): string | undefined;
  readonly checkpoint: CheckpointLayout<D>;
  /** What Hugging Face's classes begin with: `Bert`. */
  readonly className: string;
  /** Classes that are called otherwise. */
  readonly classNames?: Readonly<Partial<Record<HeadKind, string>>>;
  /** How llama.cpp knows it; absent: it does not. */
  readonly gguf?: GgufLayout<D>;
  /**
   * The same model with a bias in every norm, where checkpoints may have that: sizes, and keys of `config.json`. Zeros
   * leave it as it is.
   */
  normBiases?(dimensions: D): { readonly dimensions: D; readonly config: Readonly<Record<string, unknown>> };
  /** Why PEFT cannot run a prefix on it, if it cannot. */
  readonly prefixObstacle?: string;
}

// A method's parameters are compared both ways, so that families of larger dimensions are families.
type BuildHead<D extends ModelDimensions> = { build(dimensions: D, outputs: number): Head }['build'];

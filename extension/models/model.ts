import type { Value } from '../graph/value.ts';
import type { ModelDimensions } from './dimensions.ts';
import type { SiteTransforms } from './sites.ts';
import type { TensorSpec } from './tensors.ts';

/** Gives the value of a named tensor: frozen, tunable, or rewritten by a method. */
export type ParameterSource = (name: string) => Value;

/** Makes the dropout of one site; each call is a site of its own. Identity when evaluating. */
export interface DropoutSource {
  /** After a dense layer or an embedding. */
  hidden(x: Value): Value;
  /** Before the classifier. */
  classifier(x: Value): Value;
  /** What `attention` takes for its probabilities, if anything. */
  attention(): Parameters<typeof import('../graph/ops.ts').attention>[5];
}

/** All that a model needs to write down its forward pass. */
export interface ForwardContext {
  readonly parameter: ParameterSource;
  readonly sites: Required<SiteTransforms>;
  readonly dropout: DropoutSource;
  /** i64[B,S] */
  readonly inputIds: Value;
  /** i64[B,S], only for models with token types. */
  readonly tokenTypeIds: Value;
  /** i64[B,S]: 1 for real tokens. */
  readonly attentionMask: Value;
  /** i64[B,S]: position ids of the real tokens, shift and offset included; made by the batcher. */
  readonly positionIds: Value;
  /** Compute the last block for the first token only: hidden is then f32[B,1,D]. */
  readonly firstTokenOnly: boolean;
}

/** One architecture: its tensors as declarations, and its forward pass in graph ops. */
export interface ModelFamily {
  /** Backbone tensors in checkpoint order, the pooler (site `pooler`) included where the bare model has one. */
  tensors(dimensions: ModelDimensions): readonly TensorSpec[];
  /** Hidden states after the last block, f32[B,S,D] (or [B,1,D]). */
  encode(dimensions: ModelDimensions, context: ForwardContext): Value;
  /** Head that turns hidden states into logits, for each kind of task that the family supports. */
  readonly heads: Readonly<Record<HeadKind, Head>>;
}

export type HeadKind = 'sequence' | 'token' | 'masked-lm';

/** A task head: what it adds on top of the encoder. */
export interface Head {
  /** Whether the logits go through the bare model's pooler; it is then part of the run, else left out of it. */
  readonly readsPooler: boolean;
  /** Task-specific tensors (site `head`), `outputs` = C logits or the vocabulary; the pooler stays with the bare model. */
  tensors(dimensions: ModelDimensions, outputs: number): readonly TensorSpec[];
  /**
   * sequence: hidden[B,·,D] → logits f32[B,C] from the first token · token: → f32[B,S,C] · masked-lm: → f32[B,S,V].
   */
  logits(dimensions: ModelDimensions, context: Pick<ForwardContext, 'parameter' | 'dropout'>, hidden: Value): Value;
}

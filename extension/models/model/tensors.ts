import type { Role } from '../../nn/part.ts';

/** Places in a block where a linear layer sits. */
export type LinearSite =
  | 'attention.query'
  | 'attention.key'
  | 'attention.value'
  | 'attention.output'
  | 'ffn.gate'
  | 'ffn.up'
  | 'ffn.down';

/**
 * Norms, named after the block that they follow (post-norm: BERT) or feed (pre-norm: GPT-2); `final` stands after the
 * last block, `position` after the table of relative positions, `query` and `key` after these layers.
 */
export type NormSite =
  | 'norm.attention'
  | 'norm.ffn'
  | 'norm.embedding'
  | 'norm.position'
  | 'norm.final'
  | 'norm.query'
  | 'norm.key';

export type Site =
  | LinearSite
  | NormSite
  /** Learned keys and values that attention reads beside the sequence's own (a prefix). */
  | 'attention.keyvalue'
  | 'embedding.word'
  | 'embedding.position'
  | 'embedding.type'
  | 'embedding.projection'
  | 'pooler'
  | 'head';

/** A tensor as a declaration: name, place and size, no values. Counting is summing these. */
export interface TensorSpec {
  /** Our canonical name, equal to Hugging Face's without the architecture prefix: `encoder.layer.0.attention.self.query.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
  readonly site: Site;
  /** Block index from 0, or null outside the blocks. */
  readonly layer: number | null;
}

/** The row of a tensor in tables by layer, bottom to top: `embedding`, `layer 0` …, `final`. */
export function layerName({ site, layer }: Pick<TensorSpec, 'site' | 'layer'>): string {
  if (layer !== null) return `layer ${layer}`;
  return /^(embedding|norm\.(embedding|position)$)/.test(site) ? 'embedding' : 'final';
}

import { add, affine, attention as attend, distanceRows, reshape, toFloat } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import type { AttentionDropout } from './dropout.ts';

/** The inputs of attention beside the query. */
export interface KeyValue {
  /** f32[B,T,D]; where heads share keys and values, of the width of those. */
  readonly key: Value;
  /** As wide as `key`. */
  readonly value: Value;
  /** Added to the scores: f32[B,T], or f32[B,H,Q,T] where it differs by head or query, either of them 1 if not by that. */
  readonly mask: Value;
}

/** Added to the score of a padded position: far below any real score, yet finite, so that an empty row stays a number. */
const masked = -1e9;

/** attention_mask i64[B,T] (1 for real tokens) → what is added to every score, f32[B,T]. */
export const paddingMask = (attentionMask: Value): Value => affine(toFloat(attentionMask), -masked, masked);

/** What lets each token of like[B,S,…] read those at most `reach` away, f32[1,1,S,S]. */
export function windowScores(like: Value, reach: number): Value {
  const isFar = distanceRows(like, [1, ...Array<number>(2 * reach + 1).fill(0), 1]); // [S,S]
  const [queries, keys] = isFar.shape;
  return reshape(affine(toFloat(isFar), masked), [1, 1, queries!, keys!]);
}

/** A padding mask f32[B,S], and what else is added to the score of each query and key, f32[1,H,S,S]: f32[B,H,S,S]. */
export function withScores(mask: Value, scores: Value): Value {
  const [batch, keys] = mask.shape;
  return add(scores, reshape(mask, [batch!, 1, 1, keys!]));
}

interface AttentionOptions {
  readonly heads: number;
  /** Heads of keys and values, each read by `heads / kvHeads` of the query's; default: as many as those. */
  readonly kvHeads?: number;
  /** Whether a query reads no later key: query i reads keys up to i + T − Q, so all that stand before the sequence. */
  readonly causal?: boolean;
  /** Of the products of queries and keys; default: 1/√(D/H). */
  readonly scale?: number | undefined;
  readonly dropout?: AttentionDropout | undefined;
}

/**
 * softmax(Q·Kᵀ/√(D/H) + mask)·V with H heads, for query[B,Q,D]: f32[B,Q,D].
 * @see Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, section 3.2; shared keys and values: Ainslie et
 * al., "GQA", arXiv 2305.13245
 */
export const attention = (
  query: Value,
  { key, value, mask }: KeyValue,
  { heads, kvHeads = heads, causal = false, scale, dropout }: AttentionOptions,
): Value => attend(query, key, value, mask, heads, dropout, { kvHeads, causal, scale });

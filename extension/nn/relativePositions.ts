import {
  concat,
  distanceRows,
  embedding,
  matmul,
  multiply,
  reshape,
  skew,
  slice,
  splitHeads,
  sum,
  transpose,
} from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';

/** How places relative to each other are told apart: by a table of `2·span` rows. */
export interface RelativePositions {
  readonly span: number;
  /** Distances up to half of it have rows of their own, those beyond grow with their logarithm; 0: each has its own. */
  readonly buckets: number;
  /** All distances from here on share a row. */
  readonly farthest: number;
}

/**
 * The row of each distance from −`farthest` to `farthest`, key behind query. Rounded as PyTorch rounds.
 * @see He et al., "DeBERTa", arXiv 2006.03654, section 3.1; buckets as in transformers' make_log_bucket_position
 */
function relativeRows({ span, buckets, farthest }: RelativePositions): readonly number[] {
  const half = Math.floor(buckets / 2);
  const range = Math.fround(Math.log(Math.fround((farthest - 1) / half)));
  const bucket = (distance: number) => {
    const far = Math.abs(distance);
    if (buckets === 0 || far <= half) return distance;
    const share = Math.fround(Math.fround(Math.log(Math.fround(far / half))) / range);
    return Math.sign(distance) * (Math.ceil(Math.fround(share * (half - 1))) + half);
  };
  return Array.from({ length: 2 * farthest + 1 }, (_, i) => {
    return Math.min(Math.max(bucket(farthest - i) + span, 0), 2 * span - 1);
  });
}

/** Rows of the table of relative positions, [2·span,D], for the distances of one forward pass. */
interface PlaceRows {
  /** Distances from −S to S − 1, key behind query: f32[1,2·S,D]. */
  ofKeys(table: Value): Value;
  /** The same, query behind key. */
  ofQueries(table: Value): Value;
  /** Of each key behind the first token: f32[1,S,D]. */
  ofFirst(table: Value): Value;
}

/** @param like [B,S,…] */
export function placeRows(like: Value, positions: RelativePositions): PlaceRows {
  const rows = relativeRows(positions);
  const first = (rows: readonly number[]) => slice(distanceRows(like, rows), 0, 0, 1); // [1,S], distances from 0
  // Moved on by one: what belongs to d stands at d + 1, and so that of −S where the last token asks for the first.
  const before = (rows: readonly number[]) => slice(distanceRows(like, [rows[0]!, ...rows.slice(0, -1)]), 0, -1);
  const all = (rows: readonly number[]) => concat(before(rows), first(rows), 1); // [1,2·S]
  const ids = { keys: all(rows), queries: all(rows.toReversed()), first: first(rows) };
  return {
    ofKeys: (table) => embedding(table, ids.keys),
    ofQueries: (table) => embedding(table, ids.queries),
    ofFirst: (table) => embedding(table, ids.first),
  };
}

/**
 * Scores of each query's content with each key's place: query[B,S,D], keys of places [1,2·S,D] → f32[B,H,S,S].
 * Distances stand in order, so that a skew, and no gathering, brings them to the pairs of tokens.
 */
export const contentToPlace = (query: Value, places: Value, heads: number): Value =>
  skew(matmul(splitHeads(query, heads), splitHeads(places, heads), false, true));

/** Scores of each query's place with each key's content: key[B,S,D], queries of places [1,2·S,D] → f32[B,H,S,S]. */
export const placeToContent = (key: Value, places: Value, heads: number): Value =>
  transpose(contentToPlace(key, places, heads), [0, 1, 3, 2]);

/** `contentToPlace` of the first token: query[B,1,D], places [1,S,D] → f32[B,H,1,S]. */
export const firstToPlace = (query: Value, places: Value, heads: number): Value =>
  matmul(splitHeads(query, heads), splitHeads(places, heads), false, true);

/** `placeToContent` of the first token: key[B,S,D], places [1,S,D] → f32[B,H,1,S]. */
export function placeToFirst(key: Value, places: Value, heads: number): Value {
  const [batch, sequence, width] = key.shape;
  const products = reshape(multiply(key, places), [batch!, sequence!, heads, (width as number) / heads]);
  const scores = transpose(sum(products, [3]), [0, 2, 1]); // [B,H,S]
  return reshape(scores, [batch!, heads, 1, sequence!]);
}

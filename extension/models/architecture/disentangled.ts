import { add, affine } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { withScores } from '../../nn/attention.ts';
import { embedding } from '../../nn/embedding.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import {
  contentToPlace,
  firstToPlace,
  placeRows,
  placeToContent,
  placeToFirst,
  type RelativePositions,
} from '../../nn/relativePositions.ts';
import { forward, place, throughNorm } from '../model/placed.ts';
import type { EncoderDimensions } from './encoder.ts';
import type { PositionScores } from './positionScores.ts';

/** Products that scores are made of beside contents with contents: content to position, position to content. */
export const scoreTerms = ['c2p', 'p2c'] as const;
type ScoreTerm = (typeof scoreTerms)[number];

/** An encoder whose scores have products of contents with places. */
export interface DisentangledDimensions extends EncoderDimensions {
  /** Absent: there are none, though the products that `terms` names divide the scores. */
  readonly relative?: RelativePositions | undefined;
  readonly terms: readonly ScoreTerm[];
  /** Whether the layers of queries and keys make those of places too. */
  readonly sharedProjections: boolean;
  /** Whether the table of relative positions goes through a norm. */
  readonly normedPlaces: boolean;
}

/** Its factor of all products: 1/√((1 + terms)·D/H). */
export const disentangledScale = ({ hidden, heads, terms }: DisentangledDimensions): number =>
  1 / Math.sqrt((1 + terms.length) * (hidden / heads));

const table = 'encoder.rel_embeddings';
const own = { c2p: 'pos_key_proj', p2c: 'pos_query_proj' } as const;
const source = { c2p: 'key', p2c: 'query' } as const;

/**
 * What places relative to each other add to the scores of query i and key j: with places k(i−j), q(i−j) from one table,
 * scale·(query_i·k(i−j) + key_j·q(i−j)).
 * @param block path of a block's attention
 * @see He et al., "DeBERTa", arXiv 2006.03654, section 3.1
 */
export function disentangledScores(
  model: DisentangledDimensions & { readonly relative: RelativePositions },
  attention: (layer: number) => string,
): PositionScores {
  const { hidden, heads, layers, relative, terms, layerNormEpsilon, hiddenDropout } = model;
  const rows = place(embedding(2 * relative.span, hidden), table, 'embedding.position', null);
  const norm = model.normedPlaces
    ? place(layerNorm(hidden, layerNormEpsilon), 'encoder.LayerNorm', 'norm.position', null)
    : undefined;
  const projection = (layer: number, term: ScoreTerm) =>
    place(linear(hidden, hidden), `${attention(layer)}.${own[term]}`, 'embedding.position', layer);
  const projections = Array.from({ length: model.sharedProjections ? 0 : layers }, (_, layer) =>
    terms.map((term) => projection(layer, term)),
  );
  return {
    parts: [rows, ...(norm ? [norm] : []), ...projections.flat()],
    masks(context, padding) {
      const read = context.parameter(`${table}.weight`);
      const normed = norm ? throughNorm(context, norm, read) : read;
      const at = placeRows(context.input('attention_mask'), relative);
      return ({ layer, query, key, project, first }) => {
        const places = context.dropout.apply(normed, hiddenDropout);
        const made = (term: ScoreTerm, picked: Value) => {
          const projected = model.sharedProjections
            ? project[source[term]](picked)
            : forward(context, projection(layer, term), picked);
          // Places are fewer than scores.
          return affine(projected, disentangledScale(model));
        };
        const scores = {
          c2p: () =>
            first
              ? firstToPlace(query, made('c2p', at.ofFirst(places)), heads)
              : contentToPlace(query, made('c2p', at.ofKeys(places)), heads),
          p2c: () =>
            first
              ? placeToFirst(key, made('p2c', at.ofFirst(places)), heads)
              : placeToContent(key, made('p2c', at.ofQueries(places)), heads),
        };
        return withScores(padding, terms.map((term) => scores[term]()).reduce(add));
      };
    },
  };
}

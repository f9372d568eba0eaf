import { type Dim, lastDim, multiplyDim, type Shape, sameShape } from '../dims.ts';
import { applier, bool, demand, f32, opWith } from '../op.ts';
import type { Value } from '../value.ts';
import { type DropoutSite, dropoutGradient } from './dropout.ts';
import { affine } from './elementwise.ts';
import { matmul } from './linear.ts';
import { softmaxGradient } from './norm.ts';
import { mergeHeads, reshape, splitHeads, sum } from './shape.ts';

interface AttentionAttributes extends Partial<DropoutSite> {
  readonly heads: number;
  readonly scale: number;
  /** Heads of keys and values, each read by heads/kvHeads of the query's in a row; absent: as many as `heads`. */
  readonly kvHeads?: number;
  /** Query i of Q reads keys up to i + T − Q only, so that the last query reads them all; absent: all keys. */
  readonly causal?: true;
}

interface CachedAttentionAttributes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
}

export const attentionOps = {
  /**
   * Attention of new tokens over those of a cache and themselves: query[B,S,H·E], key and value [B,S,G·E], pastKey and
   * pastValue [B,G,C,E], of which the first `filled` i64[B] of each row's C are there → y[B,S,H·E].
   * y = softmax(scale·Q·[K_past[:filled]; K]ᵀ)·[V_past[:filled]; V], where new token i reads no later one. Engines need
   * B or S to be 1: the rows of a batch are of one length only while each adds one token.
   */
  cachedAttention: opWith<CachedAttentionAttributes>()({
    inputs: { query: 'f32', key: 'f32', value: 'f32', pastKey: 'f32', pastValue: 'f32', filled: 'i64' },
    infer: ({ query, key, value, pastKey, pastValue, filled }, { heads, kvHeads }) => {
      const [batch, tokens, width] = query.shape as readonly [Dim, Dim, Dim];
      demand(query.shape.length === 3 && typeof width === 'number', 'query must be [B,S,D] with fixed D');
      demand(width % heads === 0, `${heads} heads must divide the width ${width}`);
      demand(heads % kvHeads === 0, `${kvHeads} heads of keys must divide the ${heads} of the query`);
      const read = [batch, tokens, (width / heads) * kvHeads];
      demand(sameShape(key.shape, read) && sameShape(value.shape, read), `key and value must be [${read.join(',')}]`);
      const past = [batch, kvHeads, pastKey.shape[2]!, width / heads];
      const fits = sameShape(pastKey.shape, past) && sameShape(pastValue.shape, past);
      demand(fits, `pastKey and pastValue must be [${past.join(',')}]`);
      demand(sameShape(filled.shape, [batch]), `filled must be [${batch}]`);
      return { y: f32(query.shape) };
    },
    gradient: { none: 'it reads a cache, and nothing that is trained does' },
  }),

  /**
   * query[B,Q,H·E], key[B,T,G·E], value[B,T,G·E], mask f32[B,T] or any shape that broadcasts to [B,H,Q,T], added to the
   * scores (0 or very negative), offsets? of dropout → y[B,Q,H·E], probabilities[B,H,Q,T] (before dropout), kept? bool.
   * y = softmax(scale·Q·Kᵀ + mask)·V with H heads, whose keys and values are shared where G < H.
   * @see Vaswani et al., arXiv 1706.03762, section 3.2; grouped heads: Ainslie et al., "GQA", arXiv 2305.13245
   */
  attention: opWith<AttentionAttributes>()({
    inputs: { query: 'f32', key: 'f32', value: 'f32', mask: 'f32', offsets: 'i64?' },
    infer: ({ query, key, value, mask, offsets }, { heads, kvHeads = heads, rate }) => {
      const [batch, queries, width] = query.shape as readonly [Dim, Dim, Dim];
      const keys = key.shape[1]!;
      demand(query.shape.length === 3 && typeof width === 'number', 'query must be [B,Q,D] with fixed D');
      demand(width % heads === 0, `${heads} heads must divide the width ${width}`);
      demand(heads % kvHeads === 0, `${kvHeads} heads of keys must divide the ${heads} of the query`);
      const read = [batch, keys, (width / heads) * kvHeads];
      demand(sameShape(key.shape, read) && sameShape(value.shape, read), `key and value must be [${read.join(',')}]`);
      const scores = [batch, heads, queries, keys];
      const fits = mask.shape.length === 2 ? sameShape(mask.shape, [batch, keys]) : broadcasts(mask.shape, scores);
      demand(fits, `mask must be [${batch},${keys}] or broadcast to [${scores.join(',')}]`);
      demand((rate !== undefined) === (offsets !== undefined), 'dropout needs both rate and offsets');
      return {
        y: f32(query.shape),
        probabilities: f32(scores),
        kept: rate === undefined ? undefined : bool(scores),
      };
    },
    // With y = Pd·V, Pd = P after dropout, Z = scale·Q·Kᵀ + mask: dV = Pdᵀ·dy · dPd = dy·Vᵀ · dZ = P·(dP − Σ dP·P) ·
    // dQ = scale·dZ·K · dK = scale·dZᵀ·Q · dmask = Σ dZ over what the mask was broadcast along. The queries of heads
    // that share a key stand below each other, so that the products sum over them by themselves.
    gradient: ({ query, key, value, mask }, { dy, needs, attributes, outputs: { probabilities, kept } }) => {
      const { heads, kvHeads = heads, scale, rate } = attributes;
      const dropped = (x: Value) => (rate === undefined || !kept ? x : dropoutGradient(x, kept, rate));
      const grouped = (scores: Value) =>
        kvHeads === heads ? scores : reshape(scores, groupedShape(scores.shape, kvHeads));

      const dContext = groupQueries(dy, heads, kvHeads); // [B,G,·Q,E]
      const dValue = needs('value') ? mergeHeads(matmul(grouped(dropped(probabilities)), dContext, true)) : undefined;
      if (!needs('query') && !needs('key') && !needs('mask')) return { value: dValue };

      const products = matmul(dContext, splitHeads(value, kvHeads), false, true); // [B,G,·Q,T]
      const dProbabilities = dropped(kvHeads === heads ? products : reshape(products, probabilities.shape)); // [B,H,Q,T]
      const dScores = softmaxGradient(dProbabilities, probabilities);
      const dProducts = grouped(dScores);
      const dQuery = () =>
        ungroupQueries(affine(matmul(dProducts, splitHeads(key, kvHeads)), scale), query.shape, heads);
      const dKey = () => mergeHeads(affine(matmul(dProducts, groupQueries(query, heads, kvHeads), true), scale));
      return {
        query: needs('query') ? dQuery() : undefined,
        key: needs('key') ? dKey() : undefined,
        value: dValue,
        mask: !needs('mask') ? undefined : mask.shape.length === 2 ? sum(dScores, [1, 2]) : dScores,
      };
    },
  }),
};

const broadcasts = (shape: Shape, to: Shape): boolean =>
  shape.length === to.length && shape.every((dim, axis) => dim === 1 || dim === to[axis]);

/** [B,H,Q,T] → [B,G,(H/G)·Q,T] */
function groupedShape([batch, heads, queries, keys]: Shape, kvHeads: number): Shape {
  return [batch!, kvHeads, multiplyDim(queries!, (heads as number) / kvHeads), keys!];
}

/** x[B,Q,H·E] → [B,G,(H/G)·Q,E] */
function groupQueries(x: Value, heads: number, kvHeads: number): Value {
  const split = splitHeads(x, heads); // [B,H,Q,E]
  return kvHeads === heads ? split : reshape(split, groupedShape(split.shape, kvHeads));
}

/** x[B,G,(H/G)·Q,E] → shape [B,Q,H·E] */
function ungroupQueries(x: Value, [batch, queries, width]: Shape, heads: number): Value {
  return mergeHeads(x.shape[1] === heads ? x : reshape(x, [batch!, heads, queries!, (width as number) / heads]));
}

const apply = applier(attentionOps);

/**
 * @param options `kvHeads`, where heads share keys and values; `causal`, where a query reads no later key; `scale` of the
 * products, where it is not 1/√E
 */
export const attention = (
  query: Value,
  key: Value,
  value: Value,
  mask: Value,
  heads: number,
  dropout?: { readonly site: DropoutSite; readonly offsets: Value },
  {
    kvHeads = heads,
    causal = false,
    scale = 1 / Math.sqrt((lastDim(query.shape) as number) / heads),
  }: { readonly kvHeads?: number; readonly causal?: boolean; readonly scale?: number | undefined } = {},
): Value =>
  apply(
    'attention',
    { query, key, value, mask, offsets: dropout?.offsets },
    {
      heads,
      ...(kvHeads !== heads && { kvHeads }),
      ...(causal && { causal }),
      scale,
      ...dropout?.site,
    },
  ).y;

/** Attention of new tokens over a cache of earlier ones and themselves; see `attentionOps.cachedAttention`. */
export const cachedAttention = (
  query: Value,
  { key, value }: { readonly key: Value; readonly value: Value },
  past: { readonly key: Value; readonly value: Value; readonly filled: Value },
  { heads, kvHeads }: { readonly heads: number; readonly kvHeads: number },
): Value =>
  apply(
    'cachedAttention',
    { query, key, value, pastKey: past.key, pastValue: past.value, filled: past.filled },
    { heads, kvHeads, scale: 1 / Math.sqrt((lastDim(query.shape) as number) / heads) },
  ).y;

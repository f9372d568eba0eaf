import { lastDim, sameShape } from '../dims.ts';
import { applier, bool, demand, f32, opWith } from '../op.ts';
import type { Value } from '../value.ts';
import { type DropoutSite, dropoutGrad } from './dropout.ts';
import { affine } from './elementwise.ts';
import { matmul } from './linear.ts';
import { softmaxGrad } from './norm.ts';
import { mergeHeads, splitHeads, sum } from './shape.ts';

export const attentionOps = {
  /**
   * query[B,Q,D], key[B,T,D], value[B,T,D], mask f32[B,T] added to every score (0 or very negative), offsets? of dropout
   * → y[B,Q,D], probabilities[B,H,Q,T] (before dropout), kept? bool[B,H,Q,T].
   * y = softmax(scale·Q·Kᵀ + mask)·V with H heads.
   */
  attention: opWith<{ readonly heads: number; readonly scale: number } & Partial<DropoutSite>>()({
    inputs: { query: 'f32', key: 'f32', value: 'f32', mask: 'f32', offsets: 'i64?' },
    infer: ({ query, key, value, mask, offsets }, { heads, rate }) => {
      const [batch, queries, width] = query.shape;
      const keys = key.shape[1];
      demand(query.shape.length === 3, 'query must be [B,Q,D]');
      demand(
        sameShape(key.shape, value.shape) && sameShape(key.shape, [batch!, keys!, width!]),
        'key and value must be [B,T,D]',
      );
      demand(sameShape(mask.shape, [batch!, keys!]), 'mask must be [B,T]');
      demand((rate !== undefined) === (offsets !== undefined), 'dropout needs both rate and offsets');
      const scores = [batch!, heads, queries!, keys!];
      return {
        y: f32(query.shape),
        probabilities: f32(scores),
        kept: rate === undefined ? undefined : bool(scores),
      };
    },
    // With y = Pd·V, Pd = P after dropout, Z = scale·Q·Kᵀ + mask: dV = Pdᵀ·dy · dPd = dy·Vᵀ · dZ = softmaxGrad(dP, P) ·
    // dQ = scale·dZ·K · dK = scale·dZᵀ·Q · dmask = Σ dZ over H, Q.
    gradient: ({ query, key, value }, { dy, needs, attributes, outputs: { probabilities, kept } }) => {
      const { heads, scale, rate } = attributes;
      const dropped = (x: Value) => (rate === undefined || !kept ? x : dropoutGrad(x, kept, rate));

      const dContext = splitHeads(dy, heads); // [B,H,Q,E]
      const dValue = needs('value') ? mergeHeads(matmul(dropped(probabilities), dContext, true)) : undefined;
      if (!needs('query') && !needs('key') && !needs('mask')) return { value: dValue };

      const dProbabilities = dropped(matmul(dContext, splitHeads(value, heads), false, true)); // [B,H,Q,T]
      const dScores = softmaxGrad(dProbabilities, probabilities);
      return {
        query: needs('query') ? mergeHeads(affine(matmul(dScores, splitHeads(key, heads)), scale)) : undefined,
        key: needs('key') ? mergeHeads(affine(matmul(dScores, splitHeads(query, heads), true), scale)) : undefined,
        value: dValue,
        mask: needs('mask') ? sum(dScores, [1, 2]) : undefined,
      };
    },
  }),
};

const apply = applier(attentionOps);

export const attention = (
  query: Value,
  key: Value,
  value: Value,
  mask: Value,
  heads: number,
  dropout?: { readonly site: DropoutSite; readonly offsets: Value },
): Value =>
  apply(
    'attention',
    { query, key, value, mask, offsets: dropout?.offsets },
    { heads, scale: 1 / Math.sqrt((lastDim(query.shape) as number) / heads), ...dropout?.site },
  ).y;

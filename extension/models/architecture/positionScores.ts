import { slice } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { withScores } from '../../nn/attention.ts';
import { positionBias } from '../../nn/positionBias.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { ForwardContext } from '../model/model.ts';
import { forward, type Placed, place } from '../model/placed.ts';

/** What a block's scores are made of. */
interface BlockScores {
  readonly layer: number;
  /** f32[B,Q,D] */
  readonly query: Value;
  /** f32[B,S,D] */
  readonly key: Value;
  /** The layers that query and key come from. */
  readonly project: Readonly<Record<'query' | 'key', (x: Value) => Value>>;
  /** Whether the first token alone asks: Q is 1. */
  readonly first: boolean;
}

/** What positions add to attention's scores, with parts of its own. */
export interface PositionScores {
  readonly parts: readonly Placed[];
  /** For one forward pass: each block's scores beside its products, the padding mask among them, as attention takes it. */
  masks(context: ForwardContext, padding: Value): (block: BlockScores) => Value;
}

/** A number for each head and bucket of distances, in one table for all blocks. */
export function distanceBias(path: string, buckets: number, { heads }: ModelDimensions): PositionScores {
  const bias = place(positionBias(buckets, heads), path, 'embedding.position', null);
  return {
    parts: [bias],
    masks(context, padding) {
      const mask = withScores(padding, forward(context, bias, context.input('attention_mask')));
      return ({ first }) => (first ? slice(mask, 2, 0, 1) : mask);
    },
  };
}

import { applier, bool, f32, opWith } from '../op.ts';
import type { Value } from '../value.ts';
import { affine, multiply, toFloat } from './elementwise.ts';

/** One place where dropout happens. */
export interface DropoutSite {
  readonly rate: number;
  /** Which element of the offsets input belongs to this site. */
  readonly site: number;
}

export const dropoutOps = {
  /**
   * x, offsets i64[N] → y, kept bool: keeps each element with probability 1 − rate, scaled by 1/(1 − rate).
   * The mask is the window at `offsets[site]` of a pool of random bits that the executor makes from the run's seed:
   * no node keeps hidden state, so a resumed run sees the same masks.
   */
  dropout: opWith<DropoutSite>()({
    inputs: { x: 'f32', offsets: 'i64' },
    infer: ({ x }) => ({ y: f32(x.shape), kept: bool(x.shape) }),
    gradient: (_, { dy, attributes, outputs: { kept } }) => ({ x: dropoutGradient(dy, kept, attributes.rate) }),
  }),
};

const apply = applier(dropoutOps);

export const dropout = (x: Value, offsets: Value, site: DropoutSite): Value => apply('dropout', { x, offsets }, site).y;

/** dy/(1 − rate) where kept, else 0 */
export const dropoutGradient = (dy: Value, kept: Value, rate: number): Value =>
  multiply(dy, affine(toFloat(kept), 1 / (1 - rate)));

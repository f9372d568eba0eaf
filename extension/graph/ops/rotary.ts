import { lastDim, sameShape } from '../dims.ts';
import { applier, demand, f32, opWith } from '../op.ts';
import type { Value } from '../value.ts';

/** Positions of the rotary kind. */
export const rotaryOps = {
  /**
   * x[B,S,H·E], positions i64[B,S], cosines and sines [P,R/2] → x with the first R ≤ E numbers of each head turned:
   * the pair (xⱼ, xⱼ₊R/2) by the angle in row `positions` and column j of the tables. `inverse` turns back.
   * @see Su et al., "RoFormer", arXiv 2104.09864, section 3.2.2; pairs are halves apart, as Hugging Face's weights want
   */
  rotary: opWith<{ readonly heads: number; readonly inverse: boolean }>()({
    inputs: { x: 'f32', positions: 'i64', cosines: 'f32', sines: 'f32' },
    infer: ({ x, positions, cosines, sines }, { heads }) => {
      const [width, half] = [lastDim(x.shape), lastDim(cosines.shape)];
      demand(x.shape.length === 3 && sameShape(positions.shape, x.shape.slice(0, 2)), 'x[B,S,D] needs positions[B,S]');
      demand(cosines.shape.length === 2 && sameShape(cosines.shape, sines.shape), 'cosines and sines must be [P,R/2]');
      demand(typeof width === 'number' && width % heads === 0, `${heads} heads must divide the width ${width}`);
      demand(
        typeof half === 'number' && 2 * half <= width / heads,
        `tables must have at most ${width / heads / 2} columns`,
      );
      return { y: f32(x.shape) };
    },
    gradient: ({ positions, cosines, sines }, { dy, attributes: { heads, inverse } }) => ({
      x: rotary(dy, positions, cosines, sines, heads, !inverse),
    }),
  }),
};

const apply = applier(rotaryOps);

export const rotary = (
  x: Value,
  positions: Value,
  cosines: Value,
  sines: Value,
  heads: number,
  inverse = false,
): Value => apply('rotary', { x, positions, cosines, sines }, { heads, inverse }).y;

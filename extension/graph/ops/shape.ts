import {
  addDims,
  broadcastShapes,
  canonical,
  type Dim,
  multiplyDim,
  type Shape,
  sameElements,
  sameShape,
} from '../dims.ts';
import { applier, demand, f32, moved, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';

function sliced(dim: Dim, { start, end }: SliceBounds): Dim {
  demand(start >= 0 || end === Number.POSITIVE_INFINITY || end < 0, 'from the end to before it starts nowhere');
  if (start < 0) return (end < 0 ? end : 0) - start;
  if (end === Number.POSITIVE_INFINITY) return start === 0 ? dim : addDims(dim, -start);
  return end < 0 ? addDims(dim, end - start) : end - start;
}

interface SliceBounds {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** Ops that move and repeat elements of any type, and sum numbers. */
export const shapeOps = {
  /** x[…, start:end, …] on one axis; negative bounds count from the end; Infinity is the end. */
  slice: opWith<SliceBounds>()({
    inputs: { x: 'any' },
    infer: ({ x }, bounds) => ({
      y: moved(
        x,
        x.shape.map((dim, i) => (i === bounds.axis ? sliced(dim, bounds) : dim)),
      ),
    }),
    gradient: ({ x }, { dy, attributes }) => ({ x: sliceGrad(dy, x, attributes) }),
  }),
  /** Zeros shaped as `like`, with dy in the slice. */
  sliceGrad: opWith<SliceBounds>()({
    inputs: { dy: 'f32', like: 'f32' },
    infer: ({ like }) => ({ y: f32(like.shape) }),
    gradient: partOfGradient,
  }),
  /** Two values joined on one axis. */
  concat: opWith<{ readonly axis: number }>()({
    inputs: { a: 'any', b: 'any' },
    infer: ({ a, b }, { axis }) => {
      demand(a.dtype === b.dtype, 'types must be equal');
      demand(a.shape.length === b.shape.length, 'ranks must be equal');
      demand(
        a.shape.every((dim, i) => i === axis || dim === b.shape[i]),
        'other dimensions must be equal',
      );
      return {
        y: moved(
          a,
          a.shape.map((dim, i) => (i === axis ? addDims(dim, b.shape[i]!) : dim)),
        ),
      };
    },
    gradient: ({ a, b }, { dy, attributes: { axis } }) => concatGrad(dy, a, b, axis),
  }),
  /** The parts of dy that belong to two joined values. */
  concatGrad: opWith<{ readonly axis: number }>()({
    inputs: { dy: 'f32', a: 'f32', b: 'f32' },
    infer: ({ a, b }) => ({ y: f32(a.shape), second: f32(b.shape) }),
    gradient: partOfGradient,
  }),
  /** Keeps the symbolic dimensions and their order; fixed ones may be regrouped, into symbolic ones too (`3*S`). */
  reshape: opWith<{ readonly shape: Shape }>()({
    inputs: { x: 'any' },
    infer: ({ x }, { shape }) => {
      demand(sameElements(x.shape, shape), `cannot become [${shape.join(',')}]`);
      return { y: moved(x, canonical(shape)) };
    },
    gradient: ({ x }, { dy }) => ({ x: reshape(dy, x.shape) }),
  }),
  transpose: opWith<{ readonly permutation: readonly number[] }>()({
    inputs: { x: 'any' },
    infer: ({ x }, { permutation }) => {
      demand(
        [...permutation].sort((a, b) => a - b).every((axis, i) => axis === i),
        'not a permutation',
      );
      demand(permutation.length === x.shape.length, 'the permutation must name every axis');
      return {
        y: moved(
          x,
          permutation.map((axis) => x.shape[axis]!),
        ),
      };
    },
    gradient: (_, { dy, attributes: { permutation } }) => ({
      x: transpose(
        dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    }),
  }),
  /**
   * x[B,H,S,2·S] → [B,H,S,S], each row moved on by one: y[…,i,j] = x[…,i,j − i + S]. What belongs to distances from −S
   * to S − 1 comes to stand at pairs of places.
   * @see Huang et al., "Music Transformer", arXiv 1809.04281, section 3.4.1
   */
  skew: op({
    inputs: { x: 'f32' },
    infer: ({ x }) => {
      const [batch, heads, rows, columns] = x.shape;
      const square = x.shape.length === 4 && sameShape([columns!], [multiplyDim(rows!, 2)]);
      demand(square, 'x must be [B,H,S,2·S]');
      return { y: f32([batch!, heads!, rows!, rows!]) };
    },
    gradient: (_, { dy }) => ({ x: skewGrad(dy) }),
  }),
  /** dy[B,H,S,S] → [B,H,S,2·S]: zeros, with dy where skew took it from. */
  skewGrad: op({
    inputs: { dy: 'f32' },
    infer: ({ dy }) => ({ y: f32([...dy.shape.slice(0, -1), multiplyDim(dy.shape.at(-1)!, 2)]) }),
    gradient: partOfGradient,
  }),
  /** x repeated to `like`'s shape (NumPy broadcasting). */
  expandLike: op({
    inputs: { x: 'any', like: 'any' },
    lendsShape: 'like',
    infer: ({ x, like }) => {
      demand(sameShape(broadcastShapes(x.shape, like.shape), like.shape), 'x must broadcast to like');
      return { y: moved(x, like.shape) };
    },
    gradient: (_, { dy }) => ({ x: dy }),
  }),
  /** x summed over the axes along which `like` would be broadcast to x, shaped as `like`. */
  sumLike: op({
    inputs: { x: 'f32', like: 'any' },
    lendsShape: 'like',
    infer: ({ x, like }) => {
      demand(sameShape(broadcastShapes(x.shape, like.shape), x.shape), 'like must broadcast to x');
      return { y: f32(like.shape) };
    },
    gradient: ({ x }, { dy }) => ({ x: expandLike(dy, x) }),
  }),
  /** Sum over some axes (kept as 1 when `keep`). */
  sum: opWith<{ readonly axes: readonly number[]; readonly keep: boolean }>()({
    inputs: { x: 'f32' },
    infer: ({ x }, { axes, keep }) => ({
      y: f32(x.shape.flatMap((dim, i) => (axes.includes(i) ? (keep ? [1] : []) : [dim]))),
    }),
    gradient: ({ x }, { dy, attributes: { axes, keep } }) => {
      const ones = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      return { x: expandLike(keep ? dy : reshape(dy, ones), x) };
    },
  }),
};

const apply = applier(shapeOps);

export const slice = (x: Value, axis: number, start: number, end = Number.POSITIVE_INFINITY): Value =>
  apply('slice', { x }, { axis, start, end }).y;
const sliceGrad = (dy: Value, like: Value, bounds: SliceBounds): Value => apply('sliceGrad', { dy, like }, bounds).y;
export const concat = (a: Value, b: Value, axis: number): Value => apply('concat', { a, b }, { axis }).y;
function concatGrad(dy: Value, a: Value, b: Value, axis: number): { readonly a: Value; readonly b: Value } {
  const { y, second } = apply('concatGrad', { dy, a, b }, { axis });
  return { a: y, b: second };
}
export const reshape = (x: Value, shape: Shape): Value => apply('reshape', { x }, { shape }).y;
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  apply('transpose', { x }, { permutation }).y;
export const skew = (x: Value): Value => apply('skew', { x }).y;
const skewGrad = (dy: Value): Value => apply('skewGrad', { dy }).y;
export const expandLike = (x: Value, like: Value): Value => apply('expandLike', { x, like }).y;
export const sumLike = (x: Value, like: Value): Value => apply('sumLike', { x, like }).y;
export const sum = (x: Value, axes: readonly number[], keep = false): Value => apply('sum', { x }, { axes, keep }).y;

/**
 * x[B,S,D] → [B,H,S,D/H]
 * @throws RangeError when the heads do not divide the width
 */
export function splitHeads(x: Value, heads: number): Value {
  const [batch, sequence, width] = x.shape as readonly [Dim, Dim, number];
  demand(width % heads === 0, `splitHeads: ${heads} heads must divide the width ${width}`);
  return transpose(reshape(x, [batch, sequence, heads, width / heads]), [0, 2, 1, 3]);
}

/** x[B,H,S,E] → [B,S,H·E] */
export function mergeHeads(x: Value): Value {
  const [batch, heads, sequence, width] = x.shape as readonly [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, sequence, heads * width]);
}

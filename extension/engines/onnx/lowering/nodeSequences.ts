import { ignoredLabel } from '../../../graph/ops.ts';
import type { Dim, Shape, Value } from '../../../graph/value.ts';
import type { OnnxBuilder } from './builder.ts';

/** x[B,S,D] → [B,H,S,D/H] */
export function splitHeads(builder: OnnxBuilder, x: string, heads: number, { shape }: Value): string {
  const target = builder.integers([0, 0, heads, (shape[2] as number) / heads]);
  return builder.node('Transpose', [builder.node('Reshape', [x, target])], { perm: [0, 2, 1, 3] });
}

/** x[B,H,S,E] → [B,S,H·E] = the shape of `result` */
export function mergeHeads(builder: OnnxBuilder, x: string, { shape }: Value): string {
  const turned = builder.node('Transpose', [x], { perm: [0, 2, 1, 3] });
  return builder.node('Reshape', [turned, builder.integers([0, 0, shape[2] as number])]);
}

/** x and the window of the pool that starts at `offsets[site]` → x after dropout, kept bool. */
export function dropout(
  { builder, dropoutPool }: { readonly builder: OnnxBuilder; readonly dropoutPool: (rate: number) => string },
  x: string,
  { shape }: Value,
  offsets: string,
  { rate, site }: { readonly rate: number; readonly site: number },
): { readonly y: string; readonly kept: string } {
  const sizes = shapeOf(builder, x, shape);
  const start = builder.node('Gather', [offsets, builder.integers([site])]); // [1]
  const end = builder.node('Add', [start, builder.node('ReduceProd', [sizes], { keepdims: 1 })]);
  const kept = builder.node('Reshape', [part(builder, dropoutPool(rate), 0, start, end), sizes]);
  return { y: masked(builder, x, kept, rate), kept };
}

/** x/(1 − rate) where kept, else 0. */
function masked(builder: OnnxBuilder, x: string, kept: string, rate: number): string {
  const factors = builder.node('Mul', [builder.node('Cast', [kept], { to: 1 }), builder.float(1 / (1 - rate))]);
  return builder.node('Mul', [x, factors]);
}

/** x[…,D] → [N,D] */
export function flat(builder: OnnxBuilder, x: string, { shape }: Value): string {
  return shape.length === 2 ? x : builder.node('Reshape', [x, builder.integers([-1, shape.at(-1) as number])]);
}

/** x[start:end] on one axis; both bounds i64[1]. */
export function part(builder: OnnxBuilder, x: string, axis: number, start: string, end: string): string {
  return builder.node('Slice', [x, start, end, builder.integers([axis])]);
}

export function reduce(builder: OnnxBuilder, x: string, axes: readonly number[], keep: boolean): string {
  // ONNX reads an empty list as every axis.
  if (axes.length === 0) return x;
  return builder.node('ReduceSum', [x, builder.integers(axes)], { keepdims: Number(keep) });
}

/** 1 where a label counts, 0 where it is ignored, f32 with a trailing axis. */
export function labelled(builder: OnnxBuilder, labels: string, axes: readonly number[]): string {
  const ignored = builder.node('Equal', [labels, builder.integers(ignoredLabel)]);
  const counted = builder.node('Cast', [builder.node('Not', [ignored])], { to: 1 });
  return builder.node('Unsqueeze', [counted, builder.integers(axes)]);
}

/** One dimension of a tensor, i64[1]: a constant where it is fixed. */
export function dimension(builder: OnnxBuilder, x: string, axis: number, dim: Dim): string {
  if (typeof dim === 'number') return builder.integers([dim]);
  return builder.node('Shape', [x], { start: axis, end: axis + 1 });
}

export function shapeOf(builder: OnnxBuilder, x: string, shape: Shape): string {
  const fixed = shape.filter((dim) => typeof dim === 'number');
  return fixed.length === shape.length ? builder.integers(fixed) : builder.node('Shape', [x]);
}

/** The shape input of Reshape: 0 keeps the dimension at the same place, −1 is what remains. */
export function reshapeTarget(builder: OnnxBuilder, x: string, from: Shape, to: Shape): string {
  const moved = to.filter((dim, axis) => typeof dim === 'string' && from[axis] !== dim).length;
  if (moved <= 1) {
    return builder.integers(to.map((dim, axis) => (from[axis] === dim ? 0 : typeof dim === 'number' ? dim : -1)));
  }
  const sizes = to.map((dim) => {
    const axis = from.indexOf(dim);
    return typeof dim === 'string' && axis < 0 ? builder.integers([-1]) : dimension(builder, x, axis, dim);
  });
  return builder.node('Concat', sizes, { axis: 0 });
}

import type { LoweringTable } from './lowering.ts';
import { dimension, part, reduce, reshapeTarget, shapeOf } from './nodeSequences.ts';

/** Ops that move, repeat and sum. */
export const shapeLowerings = {
  slice: ({ node, builder, inputs: { x } }) => {
    const { axis, start, end } = node.attributes;
    return part(builder, x, axis, builder.integers([start]), builder.integers([end]));
  },
  sliceGrad: ({ node, builder, inputs: { dy, like } }) => {
    const { axis, start, end } = node.attributes;
    const size = node.inputs.like.shape[axis]!;
    // The size of the axis less a number of elements.
    const rest = (count: number) =>
      typeof size === 'number'
        ? builder.integers([size - count])
        : builder.node('Sub', [dimension(builder, like, axis, size), builder.integers([count])]);
    const before = start < 0 ? rest(-start) : builder.integers([start]);
    const open = end === Number.POSITIVE_INFINITY || end < 0;
    const after = open ? builder.integers([end < 0 ? -end : 0]) : rest(end);
    const pads = builder.node('Concat', [before, after], { axis: 0 });
    return builder.node('Pad', [dy, pads, builder.float(0), builder.integers([axis])]);
  },
  concat: ({ node, builder, inputs: { a, b } }) => builder.node('Concat', [a, b], { axis: node.attributes.axis }),
  concatGrad: ({ node, builder, inputs: { dy, a } }) => {
    const { axis } = node.attributes;
    const border = dimension(builder, a, axis, node.inputs.a.shape[axis]!);
    return {
      y: part(builder, dy, axis, builder.integers([0]), border),
      second: part(builder, dy, axis, border, builder.integers([Number.POSITIVE_INFINITY])),
    };
  },
  reshape: ({ node, builder, inputs: { x } }) =>
    builder.node('Reshape', [x, reshapeTarget(builder, x, node.inputs.x.shape, node.attributes.shape)]),
  transpose: ({ node, builder, inputs: { x } }) =>
    builder.node('Transpose', [x], { perm: node.attributes.permutation }),
  // As one row of numbers, row i of the result begins S − i + i·2·S behind its start: steps of 2·S − 1 after the first S.
  skew: ({ node, builder, inputs: { x } }) => {
    const rows = dimension(builder, x, 2, node.inputs.x.shape[2]!);
    const all = builder.integers([Number.POSITIVE_INFINITY]);
    const row = builder.node('Reshape', [x, builder.integers([0, 0, -1])]); // [B,H,2·S·S]
    const target = builder.node('Concat', [builder.integers([0, 0]), rows, builder.integers([-1])], { axis: 0 });
    const turned = builder.node('Reshape', [part(builder, row, 2, rows, all), target]); // [B,H,S,2·S−1]
    return part(builder, turned, 3, builder.integers([0]), rows);
  },
  skewGrad: ({ node, builder, inputs: { dy } }) => {
    const rows = dimension(builder, dy, 2, node.inputs.dy.shape[2]!);
    const [none, one] = [builder.integers([0]), builder.integers([1])];
    const padded = (x: string, before: string, after: string, axis: number) => {
      const pads = builder.node('Concat', [before, after], { axis: 0 });
      return builder.node('Pad', [x, pads, builder.float(0), builder.integers([axis])]);
    };
    const wide = padded(dy, none, builder.node('Sub', [rows, one]), 3); // [B,H,S,2·S−1]
    const row = builder.node('Reshape', [wide, builder.integers([0, 0, -1])]);
    const target = builder.node('Concat', [builder.integers([0, 0]), rows, builder.integers([-1])], { axis: 0 });
    return builder.node('Reshape', [padded(row, rows, none, 2), target]); // [B,H,S,2·S]
  },
  expandLike: ({ node, builder, inputs: { x, like } }) =>
    builder.node('Expand', [x, shapeOf(builder, like, node.inputs.like.shape)]),
  sumLike: ({ node, builder, inputs: { x } }) => {
    const [from, to] = [node.inputs.x.shape, node.inputs.like.shape];
    const extra = from.length - to.length;
    const added = from.map((_, axis) => axis).slice(0, extra);
    const widened = to.flatMap((dim, axis) => (dim === 1 && from[axis + extra] !== 1 ? [axis + extra] : []));
    if (widened.length === 0) return reduce(builder, x, added, false);
    const summed = reduce(builder, x, [...added, ...widened], true);
    return extra === 0 ? summed : builder.node('Squeeze', [summed, builder.integers(added)]);
  },
  sum: ({ node, builder, inputs: { x } }) => reduce(builder, x, node.attributes.axes, node.attributes.keep),
} satisfies Partial<LoweringTable>;

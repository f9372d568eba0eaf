import type { LoweringTable } from './lowering.ts';
import { dimension, flat, shapeOf } from './nodeSequences.ts';

/** Ops that pick rows by number. */
export const rowsLowerings = {
  embedding: ({ builder, inputs: { table, ids } }) => builder.node('Gather', [table, ids]),
  // ScatterElements adds in order; ScatterND would add repeated rows from several threads at once.
  embeddingGrad: ({ node, builder, inputs: { dy, ids } }) => {
    const { rows } = node.attributes;
    const width = node.inputs.dy.shape.at(-1) as number;
    const zeros = builder.node('Expand', [builder.float(0), builder.integers([rows, width])]);
    const updates = builder.node('Reshape', [dy, builder.integers([-1, width])]); // [N,D]
    const column = builder.node('Reshape', [ids, builder.integers([-1, 1])]); // [N,1]
    const indices = builder.node('Expand', [column, builder.node('Shape', [updates])]); // [N,D]
    return builder.node('ScatterElements', [zeros, indices, updates], { axis: 0, reduction: 'add' });
  },
  distanceRows: ({ node, builder, inputs: { like } }) => {
    const { rows } = node.attributes;
    const most = (rows.length - 1) / 2;
    const tokens = builder.node('Squeeze', [
      dimension(builder, like, 1, node.inputs.like.shape[1]!),
      builder.integers([0]),
    ]);
    const places = builder.node('Range', [builder.integers(0), tokens, builder.integers(1)]); // [S]
    const [across, down] = [0, 1].map((axis) => builder.node('Unsqueeze', [places, builder.integers([axis])]));
    const distances = builder.node('Sub', [across!, down!]); // [S,S]
    const near = builder.node('Clip', [distances, builder.integers(-most), builder.integers(most)]);
    return builder.node('Gather', [builder.integers(rows), builder.node('Add', [near, builder.integers(most)])]);
  },
  pickRows: ({ node, builder, inputs: { x, rows } }) => builder.node('Gather', [flat(builder, x, node.inputs.x), rows]),
  // No two rows are one, so that their order does not matter.
  pickRowsGrad: ({ node, builder, inputs: { dy, rows, like } }) => {
    const shape = shapeOf(builder, like, node.inputs.like.shape);
    const zeros = builder.node('Reshape', [
      builder.node('Expand', [builder.float(0), shape]),
      builder.integers([-1, node.inputs.like.shape.at(-1) as number]),
    ]); // [B·S,D]
    const places = builder.node('Unsqueeze', [rows, builder.integers([1])]); // [M,1]
    return builder.node('Reshape', [builder.node('ScatterND', [zeros, places, dy]), shape]);
  },
} satisfies Partial<LoweringTable>;

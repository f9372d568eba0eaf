import * as ops from '../graph/ops.ts';
import type { Part } from './part.ts';

/** ids i64[…] → their rows of a table weight[rows,D], [...,D]. */
export const embedding = (rows: number, width: number): Part => ({
  tensors: [{ name: 'weight', shape: [rows, width], role: 'table' }],
  forward: (tensor, ids) => ops.embedding(tensor('weight'), ids),
});

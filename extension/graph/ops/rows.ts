import { lastDim } from '../dims.ts';
import { applier, f32, op, opWith, partOfGradient } from '../op.ts';
import type { Value } from '../value.ts';

/** Ops that pick rows by number. */
export const rowOps = {
  /** table[V,D], ids i64[…] → [...,D]. */
  embedding: op({
    inputs: { table: 'f32', ids: 'i64' },
    infer: ({ table, ids }) => ({ y: f32([...ids.shape, lastDim(table.shape)]) }),
    gradient: ({ table, ids }, { dy }) => ({ table: embeddingGrad(dy, ids, table.shape[0] as number) }),
  }),
  /** dy[…,D], ids i64[…] → [rows,D]: dy summed into the row of its id. */
  embeddingGrad: opWith<{ readonly rows: number }>()({
    inputs: { dy: 'f32', ids: 'i64' },
    infer: ({ dy }, { rows }) => ({ y: f32([rows, lastDim(dy.shape)]) }),
    gradient: partOfGradient,
  }),
};

const apply = applier(rowOps);

export const embedding = (table: Value, ids: Value): Value => apply('embedding', { table, ids }).y;
const embeddingGrad = (dy: Value, ids: Value, rows: number): Value => apply('embeddingGrad', { dy, ids }, { rows }).y;

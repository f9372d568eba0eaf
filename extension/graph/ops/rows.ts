import { lastDim } from '../dims.ts';
import { applier, demand, f32, op, opWith, partOfGradient } from '../op.ts';
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
  /**
   * Numbers of rows by the distance of each token of like[B,S,…] from each, i64[S,S]: y[i,j] = rows[j − i + R] of the
   * 2R + 1 there are; beyond ±R as at the end.
   */
  distanceRows: opWith<{ readonly rows: readonly number[] }>()({
    inputs: { like: 'any' },
    lendsShape: 'like',
    infer: ({ like }, { rows }) => {
      demand(like.shape.length >= 2, 'like must be [B,S,…]');
      demand(rows.length % 2 === 1, 'there must be as many rows on both sides of distance 0');
      return { y: { shape: [like.shape[1]!, like.shape[1]!], dtype: 'i64' } };
    },
    gradient: { none: 'it gives numbers of rows, which depend on sizes alone' },
  }),
  /** x[B,S,D], rows i64[M] → [M,D]: rows of x as if it were [B·S,D], each of them once at most. */
  pickRows: op({
    inputs: { x: 'f32', rows: 'i64' },
    infer: ({ x, rows }) => {
      demand(x.shape.length === 3 && rows.shape.length === 1, 'x[B,S,D] needs rows[M]');
      return { y: f32([rows.shape[0]!, lastDim(x.shape)]) };
    },
    gradient: ({ x, rows }, { dy }) => ({ x: pickRowsGrad(dy, rows, x) }),
  }),
  /** dy[M,D], rows i64[M], like[B,S,D] → zeros shaped as `like`, with dy in its rows. */
  pickRowsGrad: op({
    inputs: { dy: 'f32', rows: 'i64', like: 'f32' },
    infer: ({ like }) => ({ y: f32(like.shape) }),
    gradient: partOfGradient,
  }),
};

const apply = applier(rowOps);

export const embedding = (table: Value, ids: Value): Value => apply('embedding', { table, ids }).y;
const embeddingGrad = (dy: Value, ids: Value, rows: number): Value => apply('embeddingGrad', { dy, ids }, { rows }).y;
export const distanceRows = (like: Value, rows: readonly number[]): Value =>
  apply('distanceRows', { like }, { rows }).y;
export const pickRows = (x: Value, rows: Value): Value => apply('pickRows', { x, rows }).y;
const pickRowsGrad = (dy: Value, rows: Value, like: Value): Value => apply('pickRowsGrad', { dy, rows, like }).y;

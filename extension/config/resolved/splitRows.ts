import type { ResolvedSplit } from './resolve.ts';

/** Rows of a file, from 0; `end` is infinite where all that follow are read. */
interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** The rows of its file that a split reads. */
export const rowsRead = ({ skip, limit }: Pick<ResolvedSplit, 'skip' | 'limit'>): RowRange => ({
  start: skip,
  end: limit === null ? Number.POSITIVE_INFINITY : skip + limit,
});

/** Rows as people count them, from 1. */
export function rowsText({ start, end }: RowRange): string {
  if (end === Number.POSITIVE_INFINITY) return start === 0 ? 'all rows' : `the rows from ${start + 1} on`;
  return end - start === 1 ? `row ${end}` : `rows ${start + 1} … ${end}`;
}

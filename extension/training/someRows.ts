import type { RowBatch, RowBatches } from '../data/batches/rowBatches.ts';

/** Batches of a file that some rows are chosen from: each is read and tokenised for them alone. */
const readBatches = 50;

/**
 * Rows of one batch of an evaluation, which no seed decides, as many as a check is to compute: at most four, of a
 * thousand tokens in all.
 * @param share how far down from the longest batch to the shortest, 0 … 1
 */
export function fewRows(split: RowBatches, share: number): RowBatch {
  const chosen = <T>(all: readonly T[]): T => all[Math.floor(share * all.length)]!;
  const { held } = split;
  const { rows, examples } = held ? held.batch(chosen(held.evaluationRows())) : chosen(firstBatches(split));
  const longest = Math.max(...examples.map(({ inputIds }) => inputIds.length));
  const count = Math.max(1, Math.min(4, Math.floor(1_000 / longest)));
  return { rows: rows.slice(0, count), examples: examples.slice(0, count) };
}

function firstBatches(split: RowBatches): RowBatch[] {
  const first: RowBatch[] = [];
  for (const batch of split.inEvaluation()) if (first.push(batch) === readBatches) break;
  return first;
}

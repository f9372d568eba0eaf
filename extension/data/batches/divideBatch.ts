import { isCausal } from '../../graph/isCausal.ts';
import type { Graph } from '../../graph/value.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { RowBatch } from './rowBatches.ts';

/** Numbers of all blocks' hidden states that are there at once; what is kept for the way back is some times as much. */
const statesAtOnce = 6e6;

/**
 * How many tokens of a batch, padding counted, a processor computes together. A decoder's are many numbers in all its
 * blocks: more at once need more memory, and take no less time.
 */
export const tokensAtOnce = ({ layers, hidden }: ModelDimensions, training: Graph): number =>
  isCausal(training) ? Math.ceil(statesAtOnce / (layers * hidden)) : Number.POSITIVE_INFINITY;

/** How much of a batch is computed together. */
export interface AtOnce {
  readonly rows: number;
  /** Padding counted; a single row may have more. */
  readonly tokens: number;
}

/** Rows of a batch by their length, in as few parts of about as many rows as have no more than `most` tokens each. */
export function dividedRows<Row>(rows: readonly Row[], lengthOf: (row: Row) => number, most: number): Row[][] {
  const sorted = [...rows].sort((a, b) => lengthOf(b) - lengthOf(a));
  const parts = Math.ceil((sorted.length * lengthOf(sorted[0]!)) / most);
  const size = Math.max(1, Math.ceil(sorted.length / Math.max(1, parts)));
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) => sorted.slice(i * size, (i + 1) * size));
}

/** A batch as those that are computed one after the other. */
export function dividedBatch(batch: RowBatch, most: number): readonly RowBatch[] {
  const { rows, examples } = batch;
  const lengthOf = (place: number) => examples[place]!.inputIds.length;
  const parts = dividedRows([...rows.keys()], lengthOf, most);
  if (parts.length === 1) return [batch];
  return parts.map((places) => ({
    rows: places.map((place) => rows[place]!),
    examples: places.map((place) => examples[place]!),
  }));
}

import { type Batching, epochBatches, sortedBatches } from './batches.ts';
import { dividedRows } from './divideBatch.ts';

/** Lengths of a split's rows as a sample tells them. */
export interface RowLengths {
  /** Rows of the split. */
  readonly rows: number;
  /** Tokens of some of them, or of all. */
  readonly sample: readonly number[];
  /** How many items of each of these are in the loss. */
  readonly labelled: readonly number[];
}

/** Batches of one size and length. */
export interface BatchShape {
  readonly rows: number;
  /** Tokens of the longest row. */
  readonly length: number;
  /** Items in the loss, on average. */
  readonly labelled: number;
  /** How many such batches; a fraction where a sample stands for more rows. */
  readonly count: number;
}

/** The batches of all rows of a split, once. */
export interface BatchShapes {
  readonly shapes: readonly BatchShape[];
  readonly tokens: number;
  readonly paddedTokens: number;
  readonly longest: number;
}

/** Rows whose batches are made one by one; more are like them. */
const mostPlanned = 20_000;

/** Batches of a training epoch, made as the run makes them. @param mostTokens that are computed together */
export const trainingShapes = (
  lengths: RowLengths,
  batching: Batching,
  mostTokens = Number.POSITIVE_INFINITY,
): BatchShapes =>
  shapesOf(lengths, mostTokens, (rows, lengthOf) => epochBatches(rows, lengthOf, { ...batching, epoch: 0 }));

/** Batches of an evaluation. */
export const evaluationShapes = (
  lengths: RowLengths,
  batchSize: number,
  mostTokens = Number.POSITIVE_INFINITY,
): BatchShapes => shapesOf(lengths, mostTokens, (rows, lengthOf) => sortedBatches(rows, lengthOf, batchSize));

function shapesOf(
  { rows, sample, labelled }: RowLengths,
  mostTokens: number,
  cut: (rows: readonly number[], lengthOf: (row: number) => number) => readonly number[][],
): BatchShapes {
  const planned = Math.min(rows, Math.max(sample.length, mostPlanned));
  const scale = rows / planned;
  const lengthOf = (row: number): number => sample[row % sample.length]!;
  const counts = new Map<string, { rows: number; length: number; labelled: number; count: number }>();
  let [tokens, paddedTokens, longest] = [0, 0, 0];
  const batches = cut([...Array(planned).keys()], lengthOf);
  for (const batch of batches.flatMap((rows) => dividedRows(rows, lengthOf, mostTokens))) {
    const length = batch.reduce((most, row) => Math.max(most, lengthOf(row)), 0);
    const key = `${batch.length} ${length}`;
    const shape = counts.get(key) ?? { rows: batch.length, length, labelled: 0, count: 0 };
    shape.count += scale;
    shape.labelled += scale * batch.reduce((sum, row) => sum + labelled[row % sample.length]!, 0);
    counts.set(key, shape);
    tokens += batch.reduce((sum, row) => sum + lengthOf(row), 0);
    paddedTokens += batch.length * length;
    longest = Math.max(longest, length);
  }
  const shapes = [...counts.values()].map((shape) => ({ ...shape, labelled: shape.labelled / shape.count }));
  return { shapes, tokens: tokens * scale, paddedTokens: paddedTokens * scale, longest };
}

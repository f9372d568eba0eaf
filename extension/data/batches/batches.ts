import { Random } from '../../numbers/random.ts';

/** How the rows of an epoch become batches. */
export interface Batching {
  readonly batchSize: number;
  readonly seed: number;
  /** Batches whose rows are sorted by length together (`training.length_window`); 1: chance alone decides. */
  readonly lengthWindow: number;
}

/** Fisher–Yates, in place. */
export function shuffle(values: number[], random: Random): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

/**
 * The batches of one epoch: rows are shuffled, sorted by length within windows of `lengthWindow` batches, cut into
 * batches, and the batches shuffled. A larger window pads less, and makes batches less alike: a batch of short rows, a
 * batch of long ones. A function of its arguments alone.
 * @returns row numbers, batch by batch; every row once
 */
export function epochBatches(
  rows: readonly number[],
  lengthOf: (row: number) => number,
  { batchSize, seed, lengthWindow, epoch }: Batching & { readonly epoch: number },
): number[][] {
  const random = new Random(seed, 'order', epoch);
  const order = shuffle([...rows], random);
  const window = batchSize * lengthWindow;
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += window) {
    const bucket = order.slice(start, start + window).sort((a, b) => lengthOf(b) - lengthOf(a));
    for (let i = 0; i < bucket.length; i += batchSize) batches.push(bucket.slice(i, i + batchSize));
  }
  const places = shuffle([...batches.keys()], random);
  return places.map((place) => batches[place]!);
}

/** Batches for evaluation: longest rows first, so that the first batch shows the most memory that will be needed. */
export function sortedBatches(
  rows: readonly number[],
  lengthOf: (row: number) => number,
  batchSize: number,
): number[][] {
  const order = [...rows].sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) =>
    order.slice(i * batchSize, (i + 1) * batchSize),
  );
}

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

/**
 * Sets a share of the rows aside for validation, at least one; both parts keep the file's order. As 0.1.0 drew them for
 * files in memory; for its runs alone.
 * @throws Error when nothing would be left to train on.
 */
export function splitRows(
  size: number,
  share: number,
  seed: number,
): { readonly train: number[]; readonly validation: number[] } {
  const aside = Math.max(1, Math.round(size * share));
  if (aside >= size) {
    const rule = `data.validation_split: there must be rows left to train on, got ${size} to split`;
    throw new Error(`${rule}; add rows, or name a validation file`);
  }
  const taken = new Set(shuffle([...Array(size).keys()], new Random(seed, 'split')).slice(0, aside));
  const rows = [...Array(size).keys()];
  return { train: rows.filter((row) => !taken.has(row)), validation: rows.filter((row) => taken.has(row)) };
}

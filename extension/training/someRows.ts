import type { RowBatch, RowBatches } from '../data/batches/rowBatches.ts';
import type { Example } from '../tasks/rows/example.ts';

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

/**
 * The first tokens of the rows in the order of their file, one row after the other; from the beginning again where all
 * have fewer.
 */
export function firstTokens(split: RowBatches, count: number): number[] {
  const ids: number[] = [];
  while (ids.length < count) {
    const before = ids.length;
    for (const { examples } of rowsInOrder(split)) {
      ids.push(...Array.from(examples[0]!.inputIds).slice(0, count - ids.length));
      if (ids.length === count) break;
    }
    if (ids.length === before) throw new RangeError('training rows must have tokens, got none');
  }
  return ids;
}

/** The first rows of a split, each alone, in the order of their file. */
export function* firstRows(split: RowBatches, count: number): Generator<RowBatch> {
  let left = count;
  for (const row of rowsInOrder(split)) {
    if (left-- <= 0) return;
    yield row;
  }
}

/** Rows that say enough of what is to be learned. */
const mostTargets = 10_000;

/** The targets of a split's training rows, of a large file of those that its first epoch begins with. */
export function* targetsOf(train: RowBatches, batchSize: number): Generator<Example['target']> {
  for (let batch = 0; batch < Math.ceil(Math.min(train.size, mostTargets) / batchSize); batch++) {
    for (const { target } of train.inEpoch(0, batch).examples) yield target;
  }
}

function* rowsInOrder(split: RowBatches): Generator<RowBatch> {
  const { held } = split;
  const ascending = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);
  if (held) {
    for (const row of ascending(held.evaluationRows().flat())) yield held.batch([row]);
    return;
  }
  const examples = new Map(
    firstBatches(split).flatMap((batch) => batch.rows.map((row, i) => [row, batch.examples[i]!])),
  );
  for (const row of ascending([...examples.keys()])) yield { rows: [row], examples: [examples.get(row)!] };
}

function firstBatches(split: RowBatches): RowBatch[] {
  const first: RowBatch[] = [];
  for (const batch of split.inEvaluation()) if (first.push(batch) === readBatches) break;
  return first;
}

import { Permutation } from '../../numbers/permutation.ts';
import { Random } from '../../numbers/random.ts';
import type { Example } from '../../tasks/rows/example.ts';
import type { BadRows } from '../formats/bytes/badRows.ts';
import type { EncodedDataset } from '../rows/dataset.ts';
import type { IndexedRows } from '../rows/indexedRows.ts';
import { type Batching, epochBatches, shuffle, sortedBatches } from './batches.ts';

/** Rows that are computed together. */
export interface RowBatch {
  readonly rows: readonly number[];
  readonly examples: readonly Example[];
}

/** The rows of a split that are used together, and the batches that they come in. */
export interface RowBatches {
  /** Number of rows. */
  readonly size: number;
  /** One batch of an epoch: a function of the rows, the seed and its arguments. */
  inEpoch(epoch: number, index: number): RowBatch;
  /** Every row once, in batches of similar length. */
  inEvaluation(): Iterable<RowBatch>;
  /** Rows held in memory, whose batches can be told ahead; absent for rows that stay in their file. */
  readonly held?: HeldRows;
}

export interface HeldRows {
  epochRows(epoch: number): readonly (readonly number[])[];
  evaluationRows(): readonly (readonly number[])[];
  /** Tokens of a row. */
  lengthOf(row: number): number;
  batch(rows: readonly number[]): RowBatch;
}

/** Batches of rows that are held in memory, tokenised. */
export function memoryBatches(dataset: EncodedDataset, members: readonly number[], batching: Batching): RowBatches {
  const lengthOf = (row: number) => dataset.lengthOf(row);
  let current: { readonly epoch: number; readonly rows: readonly (readonly number[])[] } | undefined;
  const held: HeldRows = {
    lengthOf,
    batch: (rows) => ({ rows, examples: rows.map((row) => dataset.example(row)) }),
    epochRows(epoch) {
      if (current?.epoch !== epoch) {
        current = { epoch, rows: epochBatches(members, lengthOf, { ...batching, epoch }) };
      }
      return current.rows;
    },
    evaluationRows: () => sortedBatches(members, lengthOf, batching.batchSize),
  };
  return {
    size: members.length,
    held,
    inEpoch: (epoch, index) => held.batch(held.epochRows(epoch)[index]!),
    *inEvaluation() {
      for (const rows of held.evaluationRows()) yield held.batch(rows);
    },
  };
}

/** Batches that an evaluation sorts by length together: there, order changes no value. */
const evaluationWindow = 50;

/** Which rows of a file are meant: their number, and where each lies. */
interface FileMembers {
  readonly size: number;
  rowAt(place: number): number;
}

/**
 * Batches of rows that stay in their file. An order that needs no memory runs through windows of `lengthWindow` batches;
 * each window is read and tokenised when its turn comes, sorted by length, cut, and its batches shuffled: so batches are
 * as even as those of rows in memory, and what is held is one window.
 * @param badRows what happens to rows that only show themselves to be bad when they are tokenised
 */
export function fileBatches(
  file: Pick<IndexedRows, 'example'>,
  members: FileMembers,
  { batchSize, seed, lengthWindow }: Batching,
  badRows: Pick<BadRows, 'handle'>,
): RowBatches {
  const read = (row: number): Example | undefined => {
    try {
      return file.example(row);
    } catch (error) {
      badRows.handle(error);
      return undefined;
    }
  };
  /** Rows in batches of similar length, the longest first. */
  const cut = (rows: readonly number[]): RowBatch[] => {
    const loaded = rows.map((row) => ({ row, example: read(row) }));
    loaded.sort((a, b) => (b.example?.inputIds.length ?? 0) - (a.example?.inputIds.length ?? 0));
    return Array.from({ length: Math.ceil(loaded.length / batchSize) }, (_, i) => {
      const good = loaded.slice(i * batchSize, (i + 1) * batchSize).filter(({ example }) => example);
      return { rows: good.map(({ row }) => row), examples: good.map(({ example }) => example!) };
    });
  };
  const rowsFrom = (start: number, batches: number, rowAt: (place: number) => number): number[] =>
    Array.from({ length: Math.min(batches * batchSize, members.size - start) }, (_, i) => rowAt(start + i));

  let current: { readonly epoch: number; readonly window: number; readonly batches: readonly RowBatch[] } | undefined;
  return {
    size: members.size,
    inEpoch(epoch, index) {
      const window = Math.floor(index / lengthWindow);
      if (current?.epoch !== epoch || current.window !== window) {
        const order = new Permutation(members.size, new Random(seed, 'order', epoch));
        const start = window * lengthWindow * batchSize;
        const batches = cut(rowsFrom(start, lengthWindow, (place) => members.rowAt(order.at(place))));
        const places = shuffle([...batches.keys()], new Random(seed, 'order', epoch, window));
        current = { epoch, window, batches: places.map((place) => batches[place]!) };
      }
      const batch = current.batches[index % lengthWindow]!;
      if (batch.examples.length > 0) return batch;
      throw new Error(`batch ${index} of epoch ${epoch}: must have a usable row, got none; correct the skipped rows`);
    },
    *inEvaluation() {
      for (let start = 0; start < members.size; start += evaluationWindow * batchSize) {
        const batches = cut(rowsFrom(start, evaluationWindow, members.rowAt));
        for (const batch of batches) if (batch.examples.length > 0) yield batch;
      }
    },
  };
}

/** All rows of a file in its order. */
export const allMembers = (size: number): FileMembers => ({ size, rowAt: (place) => place });

/**
 * Sets a share of a file's rows aside for validation, at least one, drawn without holding them.
 * @throws Error when nothing would be left to train on
 */
export function splitMembers(
  size: number,
  share: number,
  seed: number,
): { readonly train: FileMembers; readonly validation: FileMembers } {
  const aside = Math.max(1, Math.round(size * share));
  if (aside >= size) {
    const rule = `data.validation_split: there must be rows left to train on, got ${size} to split`;
    throw new Error(`${rule}; add rows, or name a validation file`);
  }
  const drawn = new Permutation(size, new Random(seed, 'split'));
  return {
    validation: { size: aside, rowAt: (place) => drawn.at(place) },
    train: { size: size - aside, rowAt: (place) => drawn.at(aside + place) },
  };
}

/** The rows of both parts, each in the order of the file. */
export function inFileOrder({ train, validation }: ReturnType<typeof splitMembers>): {
  readonly train: number[];
  readonly validation: number[];
} {
  const rowsOf = ({ size, rowAt }: FileMembers): number[] =>
    Array.from({ length: size }, (_, place) => rowAt(place)).sort((a, b) => a - b);
  return { train: rowsOf(train), validation: rowsOf(validation) };
}

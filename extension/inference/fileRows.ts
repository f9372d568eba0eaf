import type { ResolvedSplit } from '../config/resolved/resolve.ts';
import type { AtOnce } from '../data/batches/divideBatch.ts';
import { BadRows } from '../data/formats/bytes/badRows.ts';
import { rowsOf } from '../data/rows/splits.ts';
import { DataError, skippedRow } from '../tasks/rows/dataError.ts';
import { type Columns, columnNames, type Row } from '../tasks/rows/row.ts';
import { chunksOf, inBatches } from './chunks.ts';

/** The computation for each row of a file. */
export interface RowWork<I, R> {
  readonly split: ResolvedSplit;
  readonly baseFolder: string;
  readonly columns: Columns;
  /** `data.on_bad_row` */
  readonly onBadRow: 'error' | 'skip';
  /** A row as it is computed. @throws DataError for a bad one */
  read(row: Row): I;
  /** Tokens of an item: those of similar length are computed together. */
  lengthOf(item: I): number;
  /** The longest first. */
  compute(batch: readonly I[]): Promise<readonly R[]>;
  readonly atOnce: AtOnce;
}

/** The result of a row, or the reason why it was skipped. */
export type RowOutcome<I, R> =
  | { readonly line: number; readonly item: I; readonly result: R }
  | { readonly line: number; readonly skipped: string };

/** The rows of a file and what is computed of them, some at a time, in the order of the file. */
export interface FileRows<I, R> {
  /** Those skipped so far. */
  readonly badRows: BadRows;
  readonly chunks: AsyncIterable<readonly RowOutcome<I, R>[]>;
}

type Entry<I> = { readonly line: number; readonly item: I } | { readonly line: number; readonly skipped: string };

/** @throws DataError (the iteration) for a bad row that is not to be skipped */
export function computeRows<I, R>(work: RowWork<I, R>): FileRows<I, R> {
  const skipped: Entry<I>[] = [];
  const badRows = new BadRows(work.onBadRow, ({ place, rule }) => skipped.push({ line: place.line!, skipped: rule }));
  return { badRows, chunks: outcomes(work, entries(work, badRows, skipped)) };
}

async function* entries<I, R>(
  { split, baseFolder, columns, read }: RowWork<I, R>,
  badRows: BadRows,
  skipped: Entry<I>[],
): AsyncGenerator<Entry<I>> {
  try {
    for await (const row of rowsOf(split, baseFolder, columnNames(columns), badRows)) {
      yield* skipped.splice(0);
      try {
        yield { line: row.line, item: read(row) };
      } catch (error) {
        badRows.handle(error);
      }
    }
    yield* skipped;
  } catch (error) {
    // A run keeps its config and a model has none: nobody can have such rows skipped.
    throw error instanceof DataError ? skippedRow(error) : error;
  }
}

async function* outcomes<I, R>(
  { lengthOf, compute, atOnce }: RowWork<I, R>,
  read: AsyncIterable<Entry<I>>,
): AsyncGenerator<readonly RowOutcome<I, R>[]> {
  for await (const chunk of chunksOf(read)) {
    const items = chunk.flatMap((entry) => ('item' in entry ? [entry.item] : []));
    const results = (await inBatches(items, lengthOf, compute, atOnce)).values();
    yield chunk.map((entry) => ('item' in entry ? { ...entry, result: results.next().value! } : entry));
  }
}

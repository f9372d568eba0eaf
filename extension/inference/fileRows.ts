import type { ResolvedSplit } from '../config/resolved/resolve.ts';
import type { AtOnce } from '../data/batches/divideBatch.ts';
import { BadRows } from '../data/formats/bytes/badRows.ts';
import { rowsOf } from '../data/rows/splits.ts';
import { DataError, skippedRow } from '../tasks/rows/dataError.ts';
import { type Columns, columnNames, type Row } from '../tasks/rows/row.ts';
import { chunksOf, inBatches } from './chunks.ts';

/** The computation for each row of a file. */
interface RowWork<I, R> {
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
  /** What else helps where a column is missing. */
  readonly otherColumn?: string;
}

/** The result of a row, or the reason why it was skipped. */
type RowOutcome<I, R> =
  | { readonly line: number; readonly item: I; readonly result: R }
  | { readonly line: number; readonly skipped: string };

/** The rows of a file and what is computed of them, some at a time, in the order of the file. */
interface FileRows<I, R> {
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
  { split, baseFolder, columns, read, otherColumn }: RowWork<I, R>,
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
    throw withoutSettings(error, split, columns, otherColumn);
  }
}

/** A run keeps its config and a model has none: nobody can skip a bad row, or read a file in another way, by a key of `data`. */
export function withoutSettings(error: unknown, split: ResolvedSplit, columns: Columns, otherColumn?: string): unknown {
  if (!(error instanceof DataError)) return error;
  const { place, rule, cure, cause } = skippedRow(error);
  const here = /\bdata\.\w|in data$/.test(cure)
    ? `write the file as it is read here: ${formText(split, columns)}`
    : cure;
  const isMissing = otherColumn !== undefined && /^(there must be a|the) column /.test(rule);
  return new DataError(place, rule, isMissing ? `${here}, or ${otherColumn}` : here, { cause });
}

/** `UTF-8, fields separated by ";", columns Satz and Urteil` */
function formText({ encoding, format, delimiter, columns: all }: ResolvedSplit, columns: Columns): string {
  const between = delimiter ?? { csv: ',', tsv: '\t' }[format as string];
  const names = all ?? columnNames(columns);
  return [
    encoding === 'utf-8' ? 'UTF-8' : encoding,
    ...(between === undefined ? [] : [`fields separated by ${JSON.stringify(between)}`]),
    ...(all == null ? [] : ['no header line']),
    ...(names.length === 0 ? [] : [`${names.length === 1 ? 'column' : 'columns'} ${names.join(', ')}`]),
  ].join(', ');
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

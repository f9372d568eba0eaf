import type { ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import type { EncodedRow } from '../../tasks/rows/example.ts';
import { columnNames } from '../../tasks/rows/row.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { CutCount, type CutRows } from '../rows/cutRows.ts';
import { IndexedRows } from '../rows/indexedRows.ts';
import { type RowUse, rowPieces } from '../rows/rowPieces.ts';
import { columnsOf, sourceOf, splitIndex } from '../rows/splitIndex.ts';
import { noRows, rowsOf } from '../rows/splits.ts';
import type { RowLengths } from './batchShapes.ts';

/** Lengths of a split's rows, and how long its rows take to get at. */
export interface SplitLengths extends RowLengths {
  /** Whether a run holds its rows in memory. */
  readonly isHeld: boolean;
  /** Seconds for reading all rows of a file that is held; reading one row of another is in `encodeSeconds`. */
  readonly readSeconds: number;
  /** Seconds for tokenising one row. */
  readonly encodeSeconds: number;
  /** Of the rows that were tokenised. */
  readonly cut: CutRows;
}

/** Rows tokenised at least, where there are as many. */
const leastSample = 4000;

/**
 * Reads a split and tokenises an even sample of its rows: every one, then every second, fourth … as the file goes on.
 * @throws DataError about the first bad row, unless bad rows are skipped
 */
export async function rowLengths(
  split: ResolvedSplit,
  data: ResolvedConfig['data'],
  baseFolder: string,
  use: RowUse,
  report: ReportProgress,
): Promise<SplitLengths> {
  const { task } = use;
  const columns = columnsOf(split);
  const badRows = new BadRows(data.on_bad_row);
  const index = await splitIndex(split, data, baseFolder, task, report);
  let sample: { readonly length: number; readonly labelled: number }[] = [];
  let [rows, encodings, encodeMs, more] = [0, 0, 0, 0];
  const cut = new CutCount(use.tokenizer);
  const measured = (encode: () => readonly EncodedRow[]): void => {
    const started = performance.now();
    try {
      const pieces = encode();
      cut.add(pieces, index ? rows + 1 : rows);
      more += pieces.length - 1;
      for (const piece of pieces) {
        sample.push({ length: piece.inputIds.length, labelled: task.labelledItems({ ...piece, index: 0 }) });
      }
    } catch (error) {
      badRows.handle(error);
      // In a large file such a row keeps its place until its turn comes.
      if (!index) more--;
    }
    encodeMs += performance.now() - started;
    encodings++;
  };
  const started = performance.now();
  if (index) {
    const source = sourceOf(split, baseFolder);
    const file = new IndexedRows(source, index, (row) => rowPieces(row, columns, use, data)[0]!);
    const stride = Math.max(1, Math.floor(index.rows / leastSample));
    for (; rows < index.rows; rows += stride) measured(() => [file.example(rows)]);
    file.close();
    rows = index.rows;
  } else {
    let stride = 1;
    for await (const row of rowsOf(split, baseFolder, columnNames(columns), badRows)) {
      if (rows++ % stride === 0) measured(() => rowPieces(row, columns, use, data));
      if (sample.length < 2 * leastSample) continue;
      sample = sample.filter((_, i) => i % 2 === 0);
      stride *= 2;
      report(`looking at ${split.file}`, rows, undefined, 'rows');
    }
  }
  if (sample.length === 0) throw noRows(sourceOf(split, baseFolder).file);
  const readSeconds = index ? 0 : (performance.now() - started - encodeMs) / 1000;
  const encodeSeconds = encodeMs / encodings / 1000;
  return {
    rows: rows + Math.round((more * rows) / encodings),
    sample: sample.map(({ length }) => length),
    labelled: sample.map(({ labelled }) => labelled),
    isHeld: !index,
    readSeconds,
    encodeSeconds,
    cut: { ...cut.counts, isSample: encodings < rows },
  };
}

import type { ReportProgress } from '../contract/reportProgress.ts';
import type { SkippedRows } from '../data/formats/badRows.ts';
import { BadRows } from '../data/formats/badRows.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { rowsOf, splitLike } from '../data/rows/splits.ts';
import { columnNames } from '../tasks/rows/row.ts';
import type { BaseOptions } from '../training/runBase.ts';
import { configOf } from '../training/runConfig.ts';
import { chunksOf, inBatches } from './chunks.ts';
import { JsonLinesFile } from './jsonLinesFile.ts';
import type { Prediction } from './predictions.ts';
import { answer, askRow, askTyped, type Question } from './predictions.ts';
import { openTunedRun } from './tunedRun.ts';

export type PredictionInput =
  | { readonly kind: 'text'; readonly text: string; readonly textPair?: string }
  | { readonly kind: 'file'; readonly file: string; readonly out: string };

/** What came of a question: its answers or, for a file, how many rows have theirs in the file of predictions. */
export interface PredictionResult {
  /** Empty for a file. */
  readonly predictions: readonly Prediction[];
  readonly rows: number;
  /** Rows without an answer; each has a line that says why. */
  readonly skipped?: SkippedRows;
}

/** A row of a file: what is asked of it, or why it cannot be asked. */
type Entry =
  | { readonly line: number; readonly question: Question }
  | { readonly line: number; readonly skipped: string };

/**
 * Labels one text, or every row of a file; for a file there is one line of JSON in `out` for each row: its prediction or,
 * where bad rows are skipped, what is wrong with it.
 */
export async function predict(
  runFolder: string,
  input: PredictionInput,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<PredictionResult> {
  const run = await openTunedRun(runFolder, report, options);
  try {
    const { config } = configOf(run.record);
    const maxLength = config.data.max_length;
    if (input.kind === 'text') {
      const predictions = await answer(run, [askTyped(run, config, input.text, input.textPair)], maxLength);
      return { predictions, rows: predictions.length };
    }

    const { baseFolder } = run.record;
    const split = splitLike(config, baseFolder, input.file);
    const columns = { ...columnsOf(split), label: undefined };
    const waiting: Entry[] = [];
    const badRows = new BadRows(config.data.on_bad_row, ({ place, rule }) =>
      waiting.push({ line: place.line!, skipped: rule }),
    );
    const entries = async function* (): AsyncGenerator<Entry> {
      for await (const row of rowsOf(split, baseFolder, columnNames(columns), badRows)) {
        yield* waiting.splice(0);
        try {
          yield { line: row.line, question: askRow(run, row, columns, maxLength) };
        } catch (error) {
          badRows.handle(error);
        }
      }
      yield* waiting;
    };
    const out = new JsonLinesFile(input.out);
    for await (const chunk of chunksOf(entries())) {
      const questions = chunk.flatMap((entry) => ('question' in entry ? [entry.question] : []));
      const found = await inBatches(
        questions,
        ({ encoded }) => encoded.inputIds.length,
        (batch) => answer(run, batch, maxLength),
      );
      let next = 0;
      for (const entry of chunk) {
        await out.write('question' in entry ? { line: entry.line, ...found[next++] } : entry);
      }
      report('predicting', out.count, undefined, 'rows');
    }
    await out.finish();
    return { predictions: [], rows: out.count - badRows.count, ...skippedOf(badRows) };
  } finally {
    await run.close();
  }
}

/** Skipped rows, where there are any. */
export const skippedOf = ({ count, examples }: BadRows): { readonly skipped?: SkippedRows } =>
  count === 0 ? {} : { skipped: { count, examples: examples.map(({ message }) => message) } };

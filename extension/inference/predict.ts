import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import type { BadRows, SkippedRows } from '../data/formats/bytes/badRows.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { splitLike } from '../data/rows/splits.ts';
import { writingHead } from '../models/model/model.ts';
import { UserError } from '../problems/userError.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import { configOf } from '../training/prepare/runConfig.ts';
import { computeRows } from './fileRows.ts';
import { JsonLinesFile } from './jsonLinesFile.ts';
import type { Prediction } from './predictions.ts';
import { answer, askRow, askTyped, type Question } from './predictions.ts';
import { openTunedRun, type TunedOptions, type TunedRun } from './tunedRun.ts';

export type PredictionInput =
  | { readonly kind: 'text'; readonly text: string; readonly textPair?: string }
  | { readonly kind: 'file'; readonly file: string; readonly out: string };

/** The answers to a question or, for a file, the number of rows in the file of predictions. */
interface PredictionResult {
  /** Empty for a file. */
  readonly predictions: readonly Prediction[];
  readonly rows: number;
  /** Rows without an answer; each has a line that says why. */
  readonly skipped?: SkippedRows;
}

/**
 * Labels one text, or every row of a file; for a file there is one line of JSON in `out` for each row: its prediction or,
 * where bad rows are skipped, what is wrong with it.
 * @throws UserError for a run that writes texts
 */
export async function predict(
  runFolder: string,
  input: PredictionInput,
  report: ReportProgress,
  options: TunedOptions = {},
): Promise<PredictionResult> {
  demandLabelling(runFolder);
  const run = await openTunedRun(runFolder, report, options);
  try {
    const { config } = run;
    const maxLength = config.data.max_length;
    if (input.kind === 'text') {
      const predictions = await answer(run, [askTyped(run, config, input.text, input.textPair)], maxLength);
      return { predictions, rows: predictions.length };
    }
    return await predictFile(run, input.file, new JsonLinesFile(input.out), report);
  } finally {
    await run.close();
  }
}

/** The config of a run whose model labels. @throws UserError for one that writes texts */
export function demandLabelling(runFolder: string): { readonly config: ResolvedConfig } {
  const { config } = configOf(readRunRecord(runFolder));
  if (findTask(config.task).head !== writingHead) return { config };
  const cure = 'let it write with peft-lab generate, or judge it with peft-lab evaluate --generate';
  throw new UserError(`${runFolder}: must be a run whose model labels, got ${config.task}; ${cure}`);
}

async function predictFile(
  run: TunedRun,
  file: string,
  out: JsonLinesFile,
  report: ReportProgress,
): Promise<PredictionResult> {
  const { data } = run.config;
  const { baseFolder } = run.record;
  const split = splitLike(run.config, baseFolder, file);
  const columns = { ...columnsOf(split), label: undefined };
  try {
    const { chunks, badRows } = computeRows<Question, Prediction>({
      ...{ split, baseFolder, columns, onBadRow: data.on_bad_row },
      read: (row) => askRow(run, row, columns, data.max_length),
      lengthOf: ({ encoded }) => encoded.inputIds.length,
      atOnce: run.atOnce,
      compute: (batch) => answer(run, batch, data.max_length),
    });
    for await (const chunk of chunks) {
      for (const row of chunk) await out.write('result' in row ? { line: row.line, ...row.result } : row);
      report('predicting', out.count, undefined, 'rows');
    }
    await out.finish();
    return { predictions: [], rows: out.count - badRows.count, ...skippedOf(badRows) };
  } catch (error) {
    await out.discard();
    throw error;
  }
}

/** Skipped rows, where there are any. */
export const skippedOf = ({ count, examples }: BadRows): { readonly skipped?: SkippedRows } =>
  count === 0 ? {} : { skipped: { count, examples: examples.map(({ message }) => message) } };

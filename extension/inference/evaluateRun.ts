import { basename, join } from 'node:path';
import type { ReportProgress } from '../contract/reportProgress.ts';
import type { SkippedRows } from '../data/formats/badRows.ts';
import { BadRows } from '../data/formats/badRows.ts';
import type { CutRows } from '../data/rows/cutRows.ts';
import { CutCount } from '../data/rows/cutRows.ts';
import { withNamesOfFile } from '../data/rows/labelNames.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { rowsOf, splitLike } from '../data/rows/splits.ts';
import { readsWords } from '../tasks/registry.ts';
import type { Example } from '../tasks/rows/example.ts';
import { columnNames, type Row } from '../tasks/rows/row.ts';
import type { BaseOptions } from '../training/runBase.ts';
import { configOf, RunInputError } from '../training/runConfig.ts';
import { chunksOf, inBatches } from './chunks.ts';
import { JsonLinesFile } from './jsonLinesFile.ts';
import { skippedOf } from './predict.ts';
import { answersOf, askRow, type Question } from './predictions.ts';
import { openTunedRun } from './tunedRun.ts';

export interface EvaluationReport {
  readonly rows: number;
  /** Absent where no row was. */
  readonly skipped?: SkippedRows;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Class names in index order; empty for tasks without classes. */
  readonly labels: readonly string[];
  /** Rows: true class, columns: predicted class. */
  readonly confusion?: readonly (readonly number[])[];
  /** Rows that were cut to `data.max_length`, where there are any. */
  readonly cut?: CutRows & { readonly maxLength: number; readonly judgesWords: boolean };
  /** File with the rows that were got wrong. */
  readonly misclassifiedFile?: string;
}

interface Item {
  readonly row: Row;
  readonly example: Example;
  readonly question: Question;
}

/**
 * Judges a run's tuned model on a file laid out as the config's own; the rows that it gets wrong go into a file of the
 * run folder, with what was expected and what came out.
 */
export async function evaluateRun(
  runFolder: string,
  dataFile: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<EvaluationReport> {
  const started = performance.now();
  const run = await openTunedRun(runFolder, report, options);
  const { task, tuned, tokenizer, record } = run;
  const { labels } = tuned;
  const misses = new JsonLinesFile(join(runFolder, `misclassified-${basename(dataFile)}.jsonl`));
  try {
    if (task.labels === 'none')
      throw new RunInputError(`${runFolder}: evaluate needs a task with labels, got ${task.name}`);
    const { config } = configOf(record);
    const split = await withNamesOfFile(splitLike(config, record.baseFolder, dataFile), record.baseFolder);
    const columns = columnsOf(split);
    const badRows = new BadRows(config.data.on_bad_row);
    const rows = rowsOf(split, record.baseFolder, columnNames(columns), badRows);
    const maxLength = config.data.max_length;
    const evaluator = task.evaluator(labels);
    const cut = new CutCount();
    let count = 0;
    for await (const chunk of chunksOf(rows)) {
      const items: Item[] = [];
      for (const row of chunk) {
        try {
          const encoded = task.encode(row, columns, tokenizer, { labels, maxLength });
          const example = { index: count, ...encoded };
          items.push({ row, example, question: askRow(run, row, columns, maxLength) });
          cut.add(encoded);
          count++;
        } catch (error) {
          badRows.handle(error);
        }
      }
      const predictions = await inBatches(
        items,
        ({ example }) => example.inputIds.length,
        async (batch) => {
          const logits = await run.logits(batch.map(({ example }) => example));
          evaluator.add(
            batch.map(({ example }) => example),
            { logits },
          );
          return answersOf(
            run,
            batch.map(({ question }) => question),
            logits,
          );
        },
      );
      for (const [i, prediction] of predictions.entries()) {
        const expected = task.missed?.(items[i]!.example, prediction, labels);
        if (expected !== undefined) await misses.write({ line: items[i]!.row.line, expected, ...prediction });
      }
      report('evaluating', count, undefined, 'rows');
    }
    if (count === 0) {
      const first = badRows.examples[0];
      const why = first ? `; the first of ${badRows.count} bad rows: ${first.message}` : '; add rows';
      throw new RunInputError(`${dataFile}: must have at least one usable row, got none${why}`);
    }
    await misses.finish();
    const confusion = evaluator.confusion?.();
    return {
      rows: count,
      ...skippedOf(badRows),
      seconds: (performance.now() - started) / 1000,
      metrics: evaluator.metrics(Number.NaN),
      labels,
      ...(confusion ? { confusion } : {}),
      ...(cut.cut > 0 ? { cut: { ...cut.counts, maxLength, judgesWords: readsWords(task) } } : {}),
      ...(task.missed ? { misclassifiedFile: misses.path } : {}),
    };
  } catch (error) {
    await misses.discard();
    throw error;
  } finally {
    await run.close();
  }
}

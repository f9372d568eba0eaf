import { rowsRead, rowsText } from '../config/resolved/splitRows.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { collate } from '../data/batches/collate.ts';
import type { SkippedRows } from '../data/formats/bytes/badRows.ts';
import type { CutRows } from '../data/rows/cutRows.ts';
import { CutCount } from '../data/rows/cutRows.ts';
import { dataFilePath } from '../data/rows/dataFile.ts';
import { withNamesOfFile } from '../data/rows/labelNames.ts';
import { rowPieces } from '../data/rows/rowPieces.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { splitLike } from '../data/rows/splits.ts';
import type { ConfusionCell } from '../metrics/confusionMatrix.ts';
import { UserError } from '../problems/userError.ts';
import { readsWords } from '../tasks/registry.ts';
import type { Example } from '../tasks/rows/example.ts';
import { computeRows } from './fileRows.ts';
import { masked } from './masked.ts';
import { skippedOf } from './predict.ts';
import { answersOf, askRow, type Prediction, type Question } from './predictions.ts';
import { RowList } from './rowList.ts';
import { rowListFile } from './rowListFile.ts';
import { evaluationGraph, openTunedGraphs } from './tunedGraphs.ts';
import { type LoadedRun, loadTunedRun, type TunedOptions } from './tunedRun.ts';

export interface EvaluationReport {
  readonly rows: number;
  /** Which rows of the file the run was trained on, in words, where it is the training file. */
  readonly trainedOn?: string;
  /** Absent where no row was. */
  readonly skipped?: SkippedRows;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Class names in index order; empty for tasks without classes. */
  readonly labels: readonly string[];
  /** Rows: true class, columns: predicted class; of at most `mostSquared` classes. */
  readonly confusion?: readonly (readonly number[])[];
  /** The pairs that occur where there are more classes. */
  readonly confusionCells?: readonly ConfusionCell[];
  /** Rows that were cut to `data.max_length`, or whose words the tokenizer does not know, where there are any. */
  readonly cut?: CutRows & { readonly maxLength: number; readonly judgesWords: boolean };
  /** File with the rows that were got wrong. */
  readonly misclassifiedFile?: string;
  /** Why lists of rows could not be written, where one could not. */
  readonly notKept?: readonly string[];
}

/** Classes beyond which a table of all pairs is mostly zeros. */
const mostSquared = 300;

interface Item {
  /** One, or those of a text that is split. */
  readonly examples: readonly Example[];
  /** Where the task lists the rows that it got wrong. */
  readonly question: Question | undefined;
}

/**
 * Judges a run's tuned model on a file laid out as the config's own, as validation does while a run trains; the rows that
 * it gets wrong go into a file of the run folder, with what was expected and what came out.
 */
export async function evaluateRun(
  runFolder: string,
  dataFile: string,
  report: ReportProgress,
  options: TunedOptions = {},
): Promise<EvaluationReport> {
  const started = performance.now();
  const run = await loadTunedRun(runFolder, report, options);
  const { task, tuned, tokenizer, config } = run;
  const { baseFolder } = run.record;
  const { labels } = tuned;
  const { on_bad_row: onBadRow, max_length: maxLength } = config.data;
  const split = await withNamesOfFile(splitLike(config, baseFolder, dataFile), baseFolder);
  const columns = columnsOf(split);
  const session = await openEvaluation(run);
  const misses = task.missed && new RowList(rowListFile(runFolder, 'misclassified', dataFile, baseFolder));
  try {
    const cut = new CutCount(tokenizer);
    let count = 0;
    const { chunks, badRows } = computeRows<Item, Prediction | undefined>({
      ...{ split, baseFolder, columns, onBadRow },
      read(row) {
        const pieces = rowPieces(row, columns, { task, tokenizer, labels }, config.data);
        const question = task.missed && askRow(run, row, columns, maxLength);
        cut.add(pieces);
        return { examples: pieces.map((piece) => masked(run, { index: count++, ...piece })), question };
      },
      lengthOf: ({ examples }) => examples[0]!.inputIds.length,
      atOnce: run.atOnce,
      compute: (batch) => session.judge(batch),
    });
    for await (const chunk of chunks) {
      for (const row of chunk) {
        if (!('item' in row) || !row.result) continue;
        const expected = row.item.examples[0] && task.missed?.(row.item.examples[0], row.result, labels);
        if (expected !== undefined) await misses?.write({ line: row.line, expected, ...row.result });
      }
      report('evaluating', count, undefined, 'rows');
    }
    if (count === 0) {
      const first = badRows.examples[0];
      const why = first ? `; the first of ${badRows.count} bad rows: ${first.message}` : '; add rows';
      throw new UserError(`${dataFile}: must have at least one usable row, got none${why}`);
    }
    const kept = await misses?.finish();
    const { metrics, ...confusions } = session.outcome();
    const notRead = cut.counts;
    return {
      rows: count,
      ...(dataFilePath(config.data.train.file, baseFolder) === dataFile && { trainedOn: trainedOn(config.data) }),
      ...skippedOf(badRows),
      seconds: (performance.now() - started) / 1000,
      metrics,
      labels,
      ...confusions,
      ...(notRead.cut > 0 || notRead.unknown ? { cut: { ...notRead, maxLength, judgesWords: readsWords(task) } } : {}),
      ...(kept?.file !== undefined && { misclassifiedFile: kept.file }),
      ...(kept?.problem !== undefined && { notKept: [kept.problem] }),
    };
  } catch (error) {
    await misses?.discard();
    throw error;
  } finally {
    await session.close();
  }
}

const trainedOn = ({ train, validation_split: aside }: LoadedRun['config']['data']): string =>
  `${rowsText(rowsRead(train))}${aside === null ? '' : ' but those that validation_split set aside'}`;

/** Opens what an evaluation computes, and collects what it gives. */
async function openEvaluation(run: LoadedRun) {
  const { task, tuned, padding } = run;
  const evaluator = task.evaluator(tuned.labels);
  const graph = evaluationGraph(tuned, task);
  const session = await openTunedGraphs(tuned, { evaluation: graph });
  let [loss, items] = [0, 0];
  return {
    /** @returns the answers, where wrong ones are listed */
    async judge(batch: readonly Item[]): Promise<readonly (Prediction | undefined)[]> {
      const examples = batch.flatMap(({ examples }) => examples);
      let answers: readonly Prediction[] = [];
      for (let start = 0; start < examples.length; start += batch.length) {
        const some = examples.slice(start, start + batch.length);
        const { feeds, labelledItems } = collate(some, task, padding);
        const { outputs } = await session.run('evaluation', feeds);
        loss += Number(outputs.loss!.data[0]);
        items += labelledItems;
        evaluator.add(some, outputs);
        if (task.missed)
          answers = answersOf(
            run,
            batch.map(({ question }) => question!),
            outputs.logits!,
          );
      }
      return batch.map((_, i) => answers[i]);
    },
    outcome(): Pick<EvaluationReport, 'metrics' | 'confusion' | 'confusionCells'> {
      const matrix = evaluator.confusion?.();
      const isSquare = tuned.labels.length <= mostSquared;
      const confusions = matrix && (isSquare ? { confusion: matrix.rows() } : { confusionCells: matrix.cells() });
      const mean = loss / items;
      return { metrics: { loss: mean, ...evaluator.metrics(mean) }, ...confusions };
    },
    close: () => session.close(),
  };
}

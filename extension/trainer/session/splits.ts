import { resolve } from 'node:path';
import type { ResolvedConfig, ResolvedSplit } from '../../config/resolve.ts';
import { BadRows } from '../data/badRows.ts';
import { DataError } from '../data/dataError.ts';
import { EncodedDataset } from '../data/dataset.ts';
import { labelMap } from '../data/labels.ts';
import { formatOf, readRows } from '../data/read.ts';
import { type Columns, columnNames, type Row } from '../data/row.ts';
import type { TextTokenizer } from '../data/tokenizer.ts';
import type { ReportProgress } from '../operations.ts';
import { findTask } from '../tasks/registry.ts';
import type { LabelNames, Task } from '../tasks/task.ts';
import { columnsOf, sourceOf, splitIndex } from './splitIndex.ts';

export type DataOptions = Pick<ResolvedConfig['data'], 'delimiter' | 'on_bad_row' | 'max_length'>;

const reportEveryRows = 1000;

/** A split's rows, as many as its limit allows; rows that cannot be read are treated as the config says. */
export async function* rowsOf(
  split: ResolvedSplit,
  options: DataOptions,
  baseFolder: string,
  wanted: readonly string[],
  badRows: BadRows,
): AsyncGenerator<Row> {
  const source = sourceOf(split, options, baseFolder);
  let rows = 0;
  for await (const row of readRows(source, wanted, badRows)) {
    if (split.limit !== null && rows++ >= split.limit) return;
    yield row;
  }
}

/** How a file is read: as the split of the config that is this very file, else like its validation or training rows. */
export function splitLike({ data }: ResolvedConfig, baseFolder: string, file: string): ResolvedSplit {
  const splits = [data.train, data.validation, data.test].filter((split) => split !== null);
  const same = splits.find((split) => resolve(baseFolder, split.file) === file);
  return same ?? { ...(data.validation ?? data.train), file, format: formatOf({ file }), limit: null };
}

/** Reads a whole split; what `use` throws about a row is treated as the config says too. */
async function eachRow(
  split: ResolvedSplit,
  options: DataOptions,
  baseFolder: string,
  report: (rows: number) => void,
  use: (row: Row, columns: Columns) => void,
): Promise<BadRows> {
  const columns = columnsOf(split);
  const badRows = new BadRows(options.on_bad_row);
  let rows = 0;
  for await (const row of rowsOf(split, options, baseFolder, columnNames(columns), badRows)) {
    try {
      use(row, columns);
    } catch (error) {
      badRows.handle(error);
    }
    if (++rows % reportEveryRows === 0) report(rows);
  }
  return badRows;
}

/** The label map of the training rows; empty for tasks without classes. @throws DataError */
export async function findLabels(
  config: Pick<ResolvedConfig, 'task' | 'data'>,
  baseFolder: string,
  report: ReportProgress,
): Promise<LabelNames> {
  const task = findTask(config.task);
  const { train } = config.data;
  const index = await splitIndex(train, config.data, baseFolder, task, report);
  const distinct = new Set<string>(index?.labels);
  const progress = (rows: number) => report(`labels of ${train.file}`, rows, undefined, 'rows');
  if (!index) {
    await eachRow(train, config.data, baseFolder, progress, (row, columns) => {
      for (const label of task.rowLabels(row, columns)) distinct.add(label);
    });
  }
  const hasClasses = task.name === 'classification' || task.name === 'token-classification';
  return hasClasses ? labelMap(resolve(baseFolder, train.file), distinct) : [];
}

/** A split's rows as the model reads them. */
export interface LoadedSplit {
  readonly rows: EncodedDataset;
  readonly skipped: BadRows;
}

/** Reads and tokenises a split. @throws DataError naming file, line and cure */
export async function loadSplit(
  split: ResolvedSplit,
  options: DataOptions,
  baseFolder: string,
  use: { readonly task: Task; readonly tokenizer: TextTokenizer; readonly labels: LabelNames },
  report: ReportProgress,
): Promise<LoadedSplit> {
  const rows = new EncodedDataset();
  const context = { labels: use.labels, maxLength: options.max_length };
  const progress = (count: number) => report(`tokenising ${split.file}`, count, undefined, 'rows');
  const skipped = await eachRow(split, options, baseFolder, progress, (row, columns) =>
    rows.add(use.task.encode(row, columns, use.tokenizer, context)),
  );
  if (rows.size > 0) return { rows, skipped };
  throw noRows(resolve(baseFolder, split.file));
}

export const noRows = (file: string): DataError =>
  new DataError({ file }, 'must have at least one usable row, got none', 'add rows, or check the columns');

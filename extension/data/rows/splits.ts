import type { ConfigDraft, ResolvedConfig, ResolvedSplit } from '../../config/resolved/resolve.ts';
import { endingOf, formatOfFile } from '../../config/schema/dataFormat.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { findTask } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { LabelNames } from '../../tasks/rows/labels.ts';
import { labelMap } from '../../tasks/rows/labels.ts';
import { type Columns, columnNames, type Row } from '../../tasks/rows/row.ts';
import type { Task } from '../../tasks/task.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import type { FileHash } from '../formats/bytes/fileHash.ts';
import { readRows } from '../formats/read.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import { CutCount, type CutRows } from './cutRows.ts';
import { dataFilePath } from './dataFile.ts';
import { EncodedDataset } from './dataset.ts';
import { rowPieces } from './rowPieces.ts';
import { columnsOf, sourceOf, splitIndex } from './splitIndex.ts';
import type { Surveys } from './surveys.ts';

type DataOptions = Pick<ResolvedConfig['data'], 'on_bad_row' | 'max_length' | 'long_texts'>;

const reportEveryRows = 1000;

/**
 * A split's rows, as many as its limit allows; rows that cannot be read are treated as the config says.
 * @param hash takes what is read
 */
export async function* rowsOf(
  split: ResolvedSplit,
  baseFolder: string,
  wanted: readonly string[],
  badRows: BadRows,
  hash?: FileHash,
): AsyncGenerator<Row> {
  const { skip, limit } = split;
  let rows = 0;
  for await (const row of readRows({ ...sourceOf(split, baseFolder), hash }, wanted, badRows)) {
    if (rows++ < skip) continue;
    if (limit !== null && rows > skip + limit) return;
    yield row;
  }
}

/**
 * How a file is read whole: as the split of the config that is this very file, else as one with the same ending, else as
 * the config says of all files, with the columns of its validation or training rows. Row limits are for training.
 */
export function splitLike({ data }: Pick<ConfigDraft, 'data'>, baseFolder: string, file: string): ResolvedSplit {
  const whole = { skip: 0, limit: null };
  const splits = [data.validation, data.train, data.test].filter((split) => split !== null);
  const same = splits.find((split) => dataFilePath(split.file, baseFolder) === file);
  if (same) return { ...same, ...whole };
  const alike = splits.find((split) => endingOf(split.file) === endingOf(file));
  if (alike) return { ...alike, ...whole, file };
  const model = splits[0]!;
  const format = data.format === 'auto' ? (formatOfFile(file) ?? model.format) : data.format;
  // Settings of a file of another format are not for this one.
  const { delimiter, columns, encoding } = format === model.format ? model : data;
  return { ...model, ...whole, file, format, delimiter, columns, encoding };
}

/** Reads a whole split; what `use` throws about a row is treated as the config says too. */
async function eachRow(
  split: ResolvedSplit,
  options: Pick<DataOptions, 'on_bad_row'>,
  baseFolder: string,
  report: (rows: number) => void,
  use: (row: Row, columns: Columns) => void,
  hash?: FileHash,
): Promise<BadRows> {
  const columns = columnsOf(split);
  const badRows = new BadRows(options.on_bad_row);
  let rows = 0;
  for await (const row of rowsOf(split, baseFolder, columnNames(columns), badRows, hash)) {
    try {
      use(row, columns);
    } catch (error) {
      badRows.handle(error);
    }
    if (++rows % reportEveryRows === 0) report(rows);
  }
  return badRows;
}

/**
 * The label map of the training rows: their names where they have any; empty for tasks without classes.
 * @param surveys what has been read of the file already
 * @throws DataError
 */
export async function findLabels(
  config: Pick<ConfigDraft, 'task' | 'data'>,
  baseFolder: string,
  report: ReportProgress,
  surveys?: Pick<Surveys, 'labelsOf'>,
): Promise<LabelNames> {
  const task = findTask(config.task);
  const { train, on_bad_row: onBadRow } = config.data;
  const index = await splitIndex(train, config.data, baseFolder, task, report);
  const known = index?.labels ?? (await surveys?.labelsOf(train, baseFolder, { task: task.name, onBadRow }));
  const distinct = new Set<string>(known);
  const progress = (rows: number) => report(`labels of ${train.file}`, rows, undefined, 'rows');
  if (!known) {
    await eachRow(train, config.data, baseFolder, progress, (row, columns) => {
      for (const label of task.rowLabels(row, columns)) distinct.add(label);
    });
  }
  if (task.labels !== 'classes') return [];
  return train.labels ?? labelMap(dataFilePath(train.file, baseFolder), distinct);
}

/** A split's rows as the model reads them. */
export interface LoadedSplit {
  readonly rows: EncodedDataset;
  readonly skipped: BadRows;
  readonly cut: CutRows;
}

/** Reads and tokenises a split. @param hash takes what is read @throws DataError naming file, line and cure */
export async function loadSplit(
  split: ResolvedSplit,
  options: DataOptions,
  baseFolder: string,
  use: { readonly task: Task; readonly tokenizer: TextTokenizer; readonly labels: LabelNames },
  report: ReportProgress,
  hash?: FileHash,
): Promise<LoadedSplit> {
  const rows = new EncodedDataset();
  const cut = new CutCount(use.tokenizer);
  const progress = (count: number) => report(`tokenising ${split.file}`, count, undefined, 'rows');
  const encode = (row: Row, columns: Columns): void => {
    const pieces = rowPieces(row, columns, use, options);
    rows.add(pieces);
    cut.add(pieces);
  };
  const skipped = await eachRow(split, options, baseFolder, progress, encode, hash);
  if (rows.size > 0) return { rows, skipped, cut: cut.counts };
  throw noRows(dataFilePath(split.file, baseFolder));
}

/** The error of a file without a usable row. */
export const noRows = (file: string): DataError =>
  new DataError({ file }, 'must have at least one usable row, got none', 'add rows, or check the columns');

import type { SplitName } from '../../config/resolved/resolve.ts';
import type { Override, Problem } from '../../contract/problem.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { BadRows } from '../../data/formats/bytes/badRows.ts';
import { fetchDataFiles } from '../../data/rows/dataFile.ts';
import { withFileFacts } from '../../data/rows/fileFacts.ts';
import { refusedRow, rowTokens } from '../../data/rows/rowTokens.ts';
import { columnsOf } from '../../data/rows/splitIndex.ts';
import { rowsOf } from '../../data/rows/splits.ts';
import { loadTokenizer } from '../../data/tokenizer/tokenizer.ts';
import { UserError } from '../../problems/userError.ts';
import { findTask } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { columnNames } from '../../tasks/rows/row.ts';
import type { RowTokens } from '../../tasks/rows/rowView.ts';
import { readWithModel } from './prepare.ts';

/** One row of a config's data as its model reads it. */
export interface ConfigTokens extends RowTokens {
  readonly file: string;
  /** From 1, among the rows that training reads. */
  readonly row: number;
  readonly maxLength: number;
}

/**
 * What becomes of a row of a config's data.
 * @param number from 1
 * @throws DataError for a row that training refuses
 */
export async function configTokens(
  path: string,
  overrides: readonly Override[],
  { split: name, row: number }: { readonly split: SplitName; readonly row: number },
  report: ReportProgress,
): Promise<{ readonly problems: readonly Problem[]; readonly tokens?: ConfigTokens }> {
  const { config: plain, folder, baseFolder, problems } = await readWithModel(path, overrides, report);
  if (!plain || folder === undefined) return { problems };
  const data = await fetchDataFiles(plain.data, report);
  const config = await withFileFacts({ ...plain, data }, baseFolder);
  const split = config.data[name];
  if (split === null) {
    const isAside = name === 'validation' && config.data.validation_split !== null;
    const others = isAside
      ? 'those of data.validation_split are among the training rows: leave it out'
      : 'name another split';
    throw new UserError(`--split: the config must name ${name} rows, got none; ${others}`, 'usage');
  }
  const tokenizer = await loadTokenizer(folder);
  const columns = columnsOf(split);
  const maxLength = config.data.max_length;
  let rows = 0;
  for await (const row of rowsOf(split, baseFolder, columnNames(columns), new BadRows(config.data.on_bad_row))) {
    if (++rows < number) continue;
    try {
      const tokens = rowTokens(row, columns, { task: findTask(config.task), tokenizer }, config.data);
      return { problems, tokens: { file: split.file, row: number, maxLength, ...tokens } };
    } catch (error) {
      throw error instanceof DataError ? refusedRow(error, config.data.on_bad_row) : error;
    }
  }
  throw new UserError(`--row: must be a row of ${split.file}, got ${number}; it has ${rows} rows`, 'usage');
}

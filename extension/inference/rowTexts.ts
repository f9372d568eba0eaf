import type { JudgedSplit } from '../contract/rowOutcomes.ts';
import type { RunRecord } from '../contract/run.ts';
import { BadRows } from '../data/formats/bytes/badRows.ts';
import { FileHash } from '../data/formats/bytes/fileHash.ts';
import { dataFilePath } from '../data/rows/dataFile.ts';
import { columnsOf } from '../data/rows/splitIndex.ts';
import { rowsOf } from '../data/rows/splits.ts';
import { UserError } from '../problems/userError.ts';
import { findTask } from '../tasks/registry.ts';
import { columnNames } from '../tasks/rows/row.ts';
import { configOf } from '../training/prepare/runConfig.ts';

/** The text of a row that a run was judged by. */
export interface RowText {
  readonly line: number;
  readonly text: string;
  readonly label: string;
}

/**
 * The texts of a split's usable rows, in the order in which outcomes are kept.
 * @throws UserError when the file is not the one that judged the run; DataError
 */
export async function rowTexts(record: RunRecord, split: JudgedSplit): Promise<readonly RowText[]> {
  const { config } = configOf(record);
  const data = config.data[split];
  const task = findTask(config.task);
  if (data === null)
    throw new UserError(`run.json of ${record.id}: data.${split} must be a file, got none; report a run that has one`);
  const columns = columnsOf(data);
  const file = dataFilePath(data.file, record.baseFolder);
  const hash = new FileHash(file);
  const badRows = new BadRows(config.data.on_bad_row);
  const found: RowText[] = [];
  for await (const row of rowsOf(data, record.baseFolder, columnNames(columns), badRows, hash)) {
    try {
      // Rows that training skipped are skipped here too.
      task.rowLabels(row, columns);
    } catch (error) {
      badRows.handle(error);
      continue;
    }
    const cell = (name: string | undefined): string => (name === undefined ? '' : cellText(row.cells[name]));
    const texts = [columns.text, columns.textPair, columns.tokens].map(cell).filter((text) => text !== '');
    found.push({ line: row.line, text: texts.join(' · '), label: cell(columns.label) });
  }
  if ((await hash.whole(() => {})) !== record.dataHashes[split])
    throw new UserError(
      `${file}: must be the file that judged the runs, got another text; put it back to see its rows`,
    );
  return found;
}

const cellText = (value: unknown): string =>
  Array.isArray(value) ? value.join(' ') : value === undefined || value === null ? '' : String(value);

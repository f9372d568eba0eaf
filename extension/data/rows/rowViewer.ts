import { type ResolvedConfig, type SplitName, splitNames } from '../../config/resolved/resolve.ts';
import { folderStamp } from '../../files/folderStamp.ts';
import { withoutDownloads } from '../../hub/hubSettings.ts';
import { resolveModel } from '../../hub/resolveModel.ts';
import { findTask } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { columnNames, type Row } from '../../tasks/rows/row.ts';
import type { RowViewer, ViewedRow } from '../../tasks/rows/rowView.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { jsonRow } from '../formats/readers/readJsonLines.ts';
import { loadTokenizer, type TextTokenizer } from '../tokenizer/tokenizer.ts';
import { dataFilePath } from './dataFile.ts';
import { withFileFacts } from './fileFacts.ts';
import { refusedRow, rowTokens } from './rowTokens.ts';
import { columnsOf } from './splitIndex.ts';
import { rowsOf } from './splits.ts';

/** The tokenizer that was used last, by its files: large ones take a second to read. */
let last: { readonly files: string; readonly tokenizer: Promise<TextTokenizer> } | undefined;

/** Opens the data of a config whose model is here; nothing is downloaded. @throws DataError, HubError */
export async function openRowViewer(plain: ResolvedConfig, baseFolder: string): Promise<RowViewer> {
  const environment = withoutDownloads(process.env);
  const folder = await resolveModel(plain.model, { revision: plain.revision ?? undefined, baseFolder, environment });
  const files = `${folder} ${await folderStamp(folder, /\.(json|txt|jinja)$/)}`;
  if (last?.files !== files) last = { files, tokenizer: loadTokenizer(folder) };
  const tokenizer = await last.tokenizer.catch((error: unknown) => {
    last = undefined;
    throw error;
  });
  const { task: name, data } = await withFileFacts(plain, baseFolder);
  const task = findTask(name);
  const view = (split: SplitName, row: Row): ViewedRow => {
    try {
      return rowTokens(row, columnsOf(data[split]!), { task, tokenizer }, data);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { line: row.line, problem: refusedRow(error, data.on_bad_row).message };
    }
  };
  return {
    async first(count) {
      const rows: ViewedRow[] = [];
      const wanted = columnNames(columnsOf(data.train));
      for await (const row of rowsOf(data.train, baseFolder, wanted, new BadRows('skip'))) {
        if (rows.push(view('train', row)) >= count) break;
      }
      return rows;
    },
    line(file, line, text) {
      const split = splitNames.find(
        (each) => data[each]?.format === 'jsonl' && dataFilePath(data[each].file, baseFolder) === file,
      );
      if (split === undefined) return undefined;
      try {
        return view(split, jsonRow({ file, line }, text));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        return { line, problem: refusedRow(error, data.on_bad_row).message };
      }
    },
  };
}

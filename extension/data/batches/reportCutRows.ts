import type { RowsReport } from '../../config/checks/environment.ts';
import { type ResolvedConfig, splitNames } from '../../config/resolved/resolve.ts';
import { withoutDownloads } from '../../hub/hubSettings.ts';
import { resolveModel } from '../../hub/resolveModel.ts';
import { findTask, readsWords } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { rowsText } from '../rows/cutRows.ts';
import { dataFilePath } from '../rows/dataFile.ts';
import type { Surveys } from '../rows/surveys.ts';
import { type RunRows, rememberingRows } from './runRows.ts';

/** Reports before training how many rows it will cut: an even sample of each split is tokenised; nothing is downloaded. */
export async function cutRows(config: ResolvedConfig, baseFolder: string, surveys: Surveys): Promise<RowsReport> {
  const environment = withoutDownloads(process.env);
  const folder = await resolveModel(config.model, { revision: config.revision ?? undefined, baseFolder, environment });
  let rows: RunRows;
  try {
    rows = await rememberingRows(() => {}, surveys)(config, folder, baseFolder);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { place, message } = error;
    const split = splitNames.find((name) => {
      const file = config.data[name]?.file;
      return file !== undefined && dataFilePath(file, baseFolder) === place.file;
    });
    return { cut: {}, problem: { split, message } };
  }
  const judgesWords = readsWords(findTask(config.task));
  const told = splitNames.flatMap((name) => {
    const cut = rows[name]?.cut;
    const text = cut && rowsText(cut, config.data.max_length, judgesWords);
    return text === undefined ? [] : [[name, text] as const];
  });
  return { cut: Object.fromEntries(told) };
}

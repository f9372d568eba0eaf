import { type ResolvedConfig, type SplitName, splitNames } from '../../config/resolved/resolve.ts';
import { resolveModel } from '../../hub/resolveModel.ts';
import { findTask, readsWords } from '../../tasks/registry.ts';
import { rowsText } from '../rows/cutRows.ts';
import type { Surveys } from '../rows/surveys.ts';
import { rememberingRows } from './runRows.ts';

/** Reports before training how many rows it will cut: an even sample of each split is tokenised; nothing is downloaded. */
export async function cutRows(
  config: ResolvedConfig,
  baseFolder: string,
  surveys: Surveys,
): Promise<Readonly<Partial<Record<SplitName, string>>>> {
  const environment = { ...process.env, HF_HUB_OFFLINE: '1' };
  const folder = await resolveModel(config.model, { revision: config.revision ?? undefined, baseFolder, environment });
  const rows = await rememberingRows(() => {}, surveys)(config, folder, baseFolder);
  const judgesWords = readsWords(findTask(config.task));
  const told = splitNames.flatMap((name) => {
    const cut = rows[name]?.cut;
    const text = cut && rowsText(cut, config.data.max_length, judgesWords);
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(told);
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Uri, window, workspace } from 'vscode';
import type { ModelFacts } from '../../config/checks/environment.ts';
import { runConfigText } from '../../config/editor/runConfigText.ts';
import type { RunRecord } from '../../contract/run.ts';
import { configStem } from '../../view/runNames.ts';
import { freePlace } from '../editor/freePlace.ts';
import { isInWindow } from './folderOfFile.ts';

/** Opens a copy of the run's config, to be changed and started: beside the original, where that lies in this window. */
export async function openCopy(record: RunRecord, model: ModelFacts): Promise<void> {
  const content = runConfigText(record, model);
  const folder = record.configPath === null ? record.baseFolder : path.dirname(record.configPath);
  if (!isInWindow(folder)) {
    await window.showTextDocument(await workspace.openTextDocument({ content, language: 'peft-yaml' }));
    window.setStatusBarMessage('The run is from another folder: save the config in this window, then start it', 8000);
    return;
  }
  const target = Uri.file(freePlace(folder, stemIn(folder, record), '.peft.yaml', 2));
  await workspace.fs.writeFile(target, new TextEncoder().encode(content));
  await window.showTextDocument(await workspace.openTextDocument(target));
  window.setStatusBarMessage('Edit the config, then start it above its first line', 8000);
}

function stemIn(folder: string, { configPath, methods }: RunRecord): string {
  const fallback = methods.replaceAll(/[^\w-]+/g, '-');
  const stem = configPath === null ? fallback : configStem(path.basename(configPath));
  // The copy of a copy counts on; any other number at the end is the name's own.
  const [, first] = /^(.+)-\d+$/.exec(stem) ?? [];
  return first !== undefined && existsSync(path.join(folder, `${first}.peft.yaml`)) ? first : stem;
}

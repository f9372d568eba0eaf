import { existsSync } from 'node:fs';
import path from 'node:path';
import { Uri, window, workspace } from 'vscode';
import type { ModelFacts } from '../../config/checks/environment.ts';
import { runConfigText } from '../../config/editor/runConfigText.ts';
import type { RunRecord } from '../../contract/run.ts';
import { configStem } from '../../view/runNames.ts';

/** Opens a copy of the run's config beside the original, to be changed and started. */
export async function openCopy(record: RunRecord, model: ModelFacts): Promise<Uri> {
  const target = freeName(record);
  await workspace.fs.writeFile(target, new TextEncoder().encode(runConfigText(record, model)));
  await window.showTextDocument(await workspace.openTextDocument(target));
  window.setStatusBarMessage('Edit the config, then start it above its first line', 8000);
  return target;
}

function freeName({ configPath, baseFolder, methods }: RunRecord): Uri {
  const folder = configPath === null ? baseFolder : path.dirname(configPath);
  const fallback = methods.replaceAll(/[^\w-]+/g, '-');
  const name = configPath === null ? fallback : configStem(path.basename(configPath)).replace(/-\d+$/, '');
  for (let number = 2; ; number++) {
    const file = path.join(folder, `${name}-${number}.peft.yaml`);
    if (!existsSync(file)) return Uri.file(file);
  }
}

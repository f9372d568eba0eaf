import { existsSync } from 'node:fs';
import path from 'node:path';
import { Uri, window, workspace } from 'vscode';
import { stringify } from 'yaml';
import { checkRecord } from '../../config/checks/checkRecord.ts';
import type { ModelFacts } from '../../config/checks/environment.ts';
import { setElsewhere } from '../../config/editor/setElsewhere.ts';
import type { RunRecord } from '../../contract/run.ts';

/** Opens a copy of the run's config beside the original, to be changed and started. */
export async function openCopy(record: RunRecord, model: ModelFacts): Promise<Uri> {
  const target = freeName(record);
  await workspace.fs.writeFile(target, new TextEncoder().encode(configTextOf(record, model)));
  await window.showTextDocument(await workspace.openTextDocument(target));
  window.setStatusBarMessage('Edit the config, then start it above its first line', 8000);
  return target;
}

/** The text as its author wrote it, unless the command line set something else: then the whole resolved config. */
function configTextOf(record: RunRecord, model: ModelFacts): string {
  return setElsewhere(record, model).length === 0
    ? record.configText
    : stringify(withoutNothing(checkRecord(record).config));
}

/** Without keys that say nothing: `null` is what they are anyway. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(said.map(([key, inner]) => [key, withoutNothing(inner)]));
}

function freeName({ configPath, baseFolder, methods }: RunRecord): Uri {
  const folder = configPath === null ? baseFolder : path.dirname(configPath);
  const fallback = methods.replaceAll(/[^\w-]+/g, '-');
  const name = configPath === null ? fallback : path.basename(configPath).replace(/(-\d+)?\.peft\.ya?ml$/i, '');
  for (let number = 2; ; number++) {
    const file = path.join(folder, `${name}-${number}.peft.yaml`);
    if (!existsSync(file)) return Uri.file(file);
  }
}

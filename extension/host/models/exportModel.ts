import { existsSync } from 'node:fs';
import path from 'node:path';
import { env, Uri, window } from 'vscode';
import type { ModelFacts } from '../../config/checks/environment.ts';
import type { ExportFormat } from '../../contract/exportFormat.ts';
import { autoClassName } from '../../models/families.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { baseOf } from '../../runs/folder/engineChoice.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { knownTask } from '../../tasks/registry.ts';
import { loadSnippet } from '../../view/loadSnippet.ts';
import { experimentName, runTitle } from '../../view/runNames.ts';
import { freePlace } from '../editor/freePlace.ts';
import { notify, withNotice } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { revealFolder } from '../editor/revealFolder.ts';
import { runTrainerTask } from '../trainer/trainerTask.ts';
import { adapterForms, askForForm, demandForm } from './exportForms.ts';
import { exportName } from './exportName.ts';

/** Asks in which form, then where to; the exported model is compared with the tuned one before it is said to be there. */
export async function exportAdapter(run: RunEntry, model: ModelFacts, trainer: TrainerProgram): Promise<void> {
  const format = await askForForm(run, model, adapterForms, `Export ${runTitle(run)} as`);
  if (format !== undefined) await exportTo(run, trainer, format);
}

/** Writes a Hugging Face model folder with the tuned weights in it. @throws Error where no weights can hold the methods */
export async function exportMerged(run: RunEntry, model: ModelFacts, trainer: TrainerProgram): Promise<void> {
  demandForm(run, model, 'merged');
  await exportTo(run, trainer, 'merged');
}

async function exportTo(run: RunEntry, trainer: TrainerProgram, format: ExportFormat): Promise<void> {
  const { folder, record } = run;
  const out = await askForFolder(run, format);
  if (out === undefined) return;
  const words = ['export', folder, '--format', format, '--out', out, '--runs', path.dirname(folder)];
  const { stderr } = await withNotice('Exporting', (onNote, signal) =>
    runTrainerTask(trainer, words, { folder: path.dirname(folder), onNote, signal }),
  );
  const verified = stderr.trim().split('\n').at(-1) ?? '';
  const task = knownTask(record.task);
  const autoClass = task === undefined ? 'AutoModel' : autoClassName(task.head);
  const { outputs } = record;
  const subject = { autoClass, outputs, model: wholeModel(record), commit: baseOf(folder, record).commit };
  const snippet = loadSnippet(subject, format, out);
  const [reveal, copy] = ['Reveal', 'Copy Python to Load It'];
  const message = `Exported to ${out}. ${verified}`;
  void notify.information(message, reveal, ...(snippet === undefined ? [] : [copy])).then(async (chosen) => {
    if (chosen === reveal) await revealFolder(out);
    if (chosen === copy) await env.clipboard.writeText(snippet!);
  });
}

/** A folder of its own below `exports` beside the config, or below one that a person chooses. */
async function askForFolder(run: RunEntry, format: ExportFormat): Promise<string | undefined> {
  const { record } = run;
  const name = exportName(record.methods, experimentName(run), record.seed, format);
  const usual = freePlace(path.join(record.baseFolder, 'exports'), name);
  const other = '$(folder-opened) Choose another folder…';
  const items = [
    {
      label: `$(folder) ${withoutIcons(path.relative(record.baseFolder, usual))}`,
      description: withoutIcons(record.baseFolder),
    },
    { label: other },
  ];
  // A run may come from another machine, whose folders would be made here.
  const picked = existsSync(record.baseFolder)
    ? await window.showQuickPick(items, { title: 'Where to put the exported model' })
    : { label: other };
  if (picked?.label !== other) return picked && usual;
  const [parent] =
    (await window.showOpenDialog({
      title: 'Where to put the exported model',
      openLabel: 'Export Here',
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: Uri.file(record.baseFolder),
    })) ?? [];
  return parent && freePlace(parent.fsPath, name);
}

/** A model's folder, as it is named from anywhere; a hub id stays one. */
function wholeModel({ model, baseFolder }: RunEntry['record']): string {
  const folder = path.resolve(baseFolder, model);
  return existsSync(folder) ? folder : model;
}

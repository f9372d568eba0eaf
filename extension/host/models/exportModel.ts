import path from 'node:path';
import { l10n, Uri, window } from 'vscode';
import type { RunEntry } from '../../runs/runEntry.ts';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { runTitle } from '../explorer/runNames.ts';
import { notify, withNotice } from '../notify.ts';
import { runTrainerTask } from '../trainer/trainerTask.ts';

type Format = 'peft' | 'merged' | 'onnx' | 'native';

const formats: readonly { readonly format: Format; readonly label: string; readonly detail: string }[] = [
  { format: 'peft', label: 'PEFT adapter', detail: 'A folder that Hugging Face peft loads.' },
  { format: 'native', label: 'PEFT Lab adapter', detail: 'Manifest and safetensors: every method and union.' },
  { format: 'onnx', label: 'ONNX', detail: 'One file for any onnxruntime: every method and union.' },
];

/** Asks in which form, then where to; the exported model is compared with the tuned one before it is said to be there. */
export async function exportAdapter(run: RunEntry, trainer: TrainerProgram): Promise<void> {
  const picked = await window.showQuickPick(formats, { title: l10n.t('Export {0} as', runTitle(run)) });
  if (picked !== undefined) await exportTo(run, trainer, picked.format);
}

/** Writes a Hugging Face model folder with the tuned weights in it. */
export const exportMerged = (run: RunEntry, trainer: TrainerProgram): Promise<void> => exportTo(run, trainer, 'merged');

async function exportTo({ folder, id, record }: RunEntry, trainer: TrainerProgram, format: Format): Promise<void> {
  const parent = await window.showOpenDialog({
    title: l10n.t('Where to put the exported model'),
    openLabel: l10n.t('Export Here'),
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: Uri.file(record.baseFolder),
  });
  if (parent?.[0] === undefined) return;
  const out = path.join(parent[0].fsPath, `${id}-${format}`);
  const words = ['export', folder, '--format', format, '--out', out, '--runs', path.dirname(folder)];
  const { stderr } = await withNotice(l10n.t('Exporting'), (onNote, signal) =>
    runTrainerTask(trainer, words, { folder: path.dirname(folder), onNote, signal }),
  );
  const verified = stderr.trim().split('\n').at(-1) ?? '';
  void notify.information(l10n.t('Exported to {0}. {1}', out, verified));
}

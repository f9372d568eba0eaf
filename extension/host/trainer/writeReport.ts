import path from 'node:path';
import { env, l10n, ProgressLocation, Uri, window } from 'vscode';
import type { RunEntry } from '../../runs/runEntry.ts';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { notify } from '../notify.ts';
import { runTrainerTask } from './trainerTask.ts';

/** Asks where to, and writes one self-contained HTML file about the runs. */
export async function writeReport(runs: readonly RunEntry[], trainer: TrainerProgram): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const target = await window.showSaveDialog({
    defaultUri: Uri.file(path.join(first.record.baseFolder, 'peft-lab-report.html')),
    filters: { HTML: ['html'] },
  });
  if (target === undefined) return;
  // The editor's dialog has asked about a file that is there.
  const words = ['report', ...runs.map(({ folder }) => folder), '--out', target.fsPath, '--force'];
  const place = ['--runs', path.dirname(first.folder)];
  const options = { location: ProgressLocation.Notification, title: l10n.t('Writing the report') };
  await window.withProgress(options, () =>
    runTrainerTask(trainer, [...words, ...place], { folder: path.dirname(first.folder) }),
  );
  const open = l10n.t('Open');
  const chosen = await notify.information(l10n.t('Saved {0}', path.basename(target.fsPath)), open);
  if (chosen === open) await env.openExternal(target);
}

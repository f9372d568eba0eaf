import { l10n, ProgressLocation, window, workspace } from 'vscode';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { readSettings } from '../settings.ts';
import { runTrainerTask } from './trainerTask.ts';

/** Shows engines, devices and versions that training can use here, and how to get what is missing. */
export async function checkEnvironment(trainer: TrainerProgram, folder: string): Promise<void> {
  const { pythonPath } = readSettings();
  const words = ['environment', ...(pythonPath === '' ? [] : ['--python', pythonPath])];
  const options = { location: ProgressLocation.Notification, title: l10n.t('Looking what training can use here') };
  const { stdout } = await window.withProgress(options, () => runTrainerTask(trainer, words, { folder }));
  const document = await workspace.openTextDocument({ content: stdout, language: 'plaintext' });
  await window.showTextDocument(document, { preview: true });
}

import { l10n, ProgressLocation, window, workspace } from 'vscode';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { pythonFor } from './pythonFor.ts';
import { runTrainerTask } from './trainerTask.ts';

/** Shows engines, devices and versions that training can use here, and how to get what is missing. */
export async function checkEnvironment(trainer: TrainerProgram, folder: string): Promise<void> {
  const choice = await pythonFor(undefined);
  const words = ['environment', ...(choice === undefined ? [] : ['--python', choice.python])];
  const options = { location: ProgressLocation.Notification, title: l10n.t('Looking what training can use here') };
  const { stdout } = await window.withProgress(options, () => runTrainerTask(trainer, words, { folder }));
  const chosen = choice === undefined ? '' : `           chosen by ${choice.chosenBy}\n`;
  const document = await workspace.openTextDocument({ content: stdout + chosen, language: 'plaintext' });
  await window.showTextDocument(document, { preview: true });
}

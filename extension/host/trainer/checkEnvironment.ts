import { CodeLens, commands, Disposable, env, ProgressLocation, Range, window } from 'vscode';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { TextPage } from '../editor/textPage.ts';
import { installCommand } from './installCommand.ts';
import { pythonFor } from './pythonFor.ts';
import { runTrainerTask } from './trainerTask.ts';

const copyInstall = 'peftLab.environment.copyInstall';

/** Shows engines, devices and versions that training can use here, and how to get what is missing. */
export class EnvironmentPage {
  readonly #page = new TextPage({
    scheme: 'peft-lab-environment',
    title: 'Environment',
    // A language of its own, whose lines are wrapped at the width of the editor.
    language: 'peft-lab-environment',
    buttons,
  });
  readonly #registered = Disposable.from(
    this.#page,
    commands.registerCommand(copyInstall, async (text: string) => {
      await env.clipboard.writeText(text);
      window.setStatusBarMessage('Copied', 3000);
    }),
  );

  async show(trainer: TrainerProgram, folder: string): Promise<void> {
    const choice = await pythonFor(undefined);
    const words = ['environment', ...(choice === undefined ? [] : ['--python', choice.python])];
    const options = { location: ProgressLocation.Notification, title: 'Looking for engines and devices' };
    const { stdout } = await window.withProgress(options, () => runTrainerTask(trainer, words, { folder }));
    await this.#page.show(stdout + (choice === undefined ? '' : `           chosen by ${choice.chosenBy}\n`));
  }

  dispose(): void {
    this.#registered.dispose();
  }
}

/** The actions above the first line. */
function buttons(table: string): CodeLens[] {
  const install = installCommand(table);
  const top = new Range(0, 0, 0, 0);
  const lens = (title: string, command: string, ...words: readonly unknown[]): CodeLens =>
    new CodeLens(top, { title, command, arguments: [...words] });
  return [
    lens('Choose the Python', 'workbench.action.openSettings', 'peftLab.pythonPath'),
    ...(install === undefined ? [] : [lens('Copy Install Command', copyInstall, install)]),
    lens('Look Again', 'peftLab.checkEnvironment'),
  ];
}

import {
  CodeLens,
  commands,
  Disposable,
  EventEmitter,
  env,
  languages,
  ProgressLocation,
  Range,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { TrainerProgram } from '../../runs/control/spawn.ts';
import { installCommand } from './installCommand.ts';
import { pythonFor } from './pythonFor.ts';
import { runTrainerTask } from './trainerTask.ts';

const scheme = 'peft-lab-environment';
const language = 'peft-lab-environment';
const page = Uri.from({ scheme, path: 'Environment' });
const copyInstall = 'peftLab.environment.copyInstall';

/** Shows engines, devices and versions that training can use here, and how to get what is missing: to be read, not saved. */
export class EnvironmentPage {
  readonly #changed = new EventEmitter<Uri>();
  readonly #registered: Disposable;
  #table = '';

  constructor() {
    this.#registered = Disposable.from(
      this.#changed,
      workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: () => this.#table.trimEnd(),
      }),
      languages.registerCodeLensProvider({ scheme }, { provideCodeLenses: () => this.#buttons() }),
      commands.registerCommand(copyInstall, async (text: string) => {
        await env.clipboard.writeText(text);
        window.setStatusBarMessage('Copied', 3000);
      }),
    );
  }

  async show(trainer: TrainerProgram, folder: string): Promise<void> {
    const choice = await pythonFor(undefined);
    const words = ['environment', ...(choice === undefined ? [] : ['--python', choice.python])];
    const options = { location: ProgressLocation.Notification, title: 'Looking what training can use here' };
    const { stdout } = await window.withProgress(options, () => runTrainerTask(trainer, words, { folder }));
    this.#table = stdout + (choice === undefined ? '' : `           chosen by ${choice.chosenBy}\n`);
    this.#changed.fire(page);
    const document = await workspace.openTextDocument(page);
    // A language of its own, whose lines are wrapped at the width of the editor.
    await window.showTextDocument(await languages.setTextDocumentLanguage(document, language), { preview: true });
  }

  dispose(): void {
    this.#registered.dispose();
  }

  /** What a person may do about it, above the first line. */
  #buttons(): CodeLens[] {
    const install = installCommand(this.#table);
    const top = new Range(0, 0, 0, 0);
    const lens = (title: string, command: string, ...words: readonly unknown[]): CodeLens =>
      new CodeLens(top, { title, command, arguments: [...words] });
    return [
      lens('Choose the Python', 'workbench.action.openSettings', 'peftLab.pythonPath'),
      ...(install === undefined ? [] : [lens('Copy Install Command', copyInstall, install)]),
      lens('Look Again', 'peftLab.checkEnvironment'),
    ];
  }
}

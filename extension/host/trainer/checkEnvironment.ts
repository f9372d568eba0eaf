import { commands, Disposable, env, ProgressLocation, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { environmentFacts } from '../../contract/environmentFacts.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { environmentHtml, pageCommands } from './environmentHtml.ts';
import { pythonFor } from './pythonFor.ts';
import { askTrainer } from './trainerTask.ts';

/** Shows engines, devices and versions that training can use here, and how to get what is missing. */
export class EnvironmentPage {
  readonly #pageFolder: Uri;
  readonly #registered: Disposable;
  #panel: WebviewPanel | undefined;

  constructor(pageFolder: Uri) {
    this.#pageFolder = pageFolder;
    this.#registered = Disposable.from(
      { dispose: () => this.#panel?.dispose() },
      commands.registerCommand(pageCommands.copyInstall, async (text: string) => {
        await env.clipboard.writeText(text);
        window.setStatusBarMessage('Copied', 3000);
      }),
    );
  }

  async show(trainer: TrainerProgram, folder: string): Promise<void> {
    const choice = await pythonFor(undefined);
    const words = ['environment', '--json', ...(choice === undefined ? [] : ['--python', choice.python])];
    const options = { location: ProgressLocation.Notification, title: 'Looking for engines and devices' };
    const facts = await window.withProgress(options, () => askTrainer(environmentFacts, trainer, words, { folder }));
    const { webview } = this.#open();
    webview.html = environmentHtml(facts, choice, {
      styleSource: webview.asWebviewUri(Uri.joinPath(this.#pageFolder, 'environment.css')).toString(),
      resourceOrigin: webview.cspSource,
    });
  }

  /** The page that is open already, or a new one. */
  #open(): WebviewPanel {
    if (this.#panel !== undefined) {
      this.#panel.reveal();
      return this.#panel;
    }
    const panel = window.createWebviewPanel('peftLab.environment', 'Environment', ViewColumn.Active, {
      enableScripts: false,
      enableCommandUris: Object.values(pageCommands),
      localResourceRoots: [this.#pageFolder],
    });
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    this.#panel = panel;
    return panel;
  }

  dispose(): void {
    this.#registered.dispose();
  }
}

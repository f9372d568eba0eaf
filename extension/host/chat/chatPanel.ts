import { env, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { type ChatEvent, type ChatPageMessage, chatPageMessage } from '../../contract/chat.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTitle } from '../../view/runNames.ts';
import { pageHtml, panelOptions } from '../dashboard/pageHtml.ts';
import { ModelServer } from '../trainer/modelServer.ts';
import { candidatesOf } from './candidates.ts';
import { ChatSession } from './chatSession.ts';

/** So many models stand beside each other in a chat, the base aside. */
const mostRuns = 3;

interface OpenChat {
  readonly panel: WebviewPanel;
  readonly session: ChatSession;
}

/** Chats with tuned language models: a panel for each choice of runs, with a process that ends with it. */
export class Chats {
  readonly #pageFolder: Uri;
  readonly #onError: (error: unknown) => void;
  readonly #open = new Map<string, OpenChat>();

  /** @param pageFolder the folder of the page's bundle */
  constructor(pageFolder: Uri, onError: (error: unknown) => void) {
    this.#pageFolder = pageFolder;
    this.#onError = onError;
  }

  /** Opens a chat, or brings it to front. @throws Error where the runs are too many to stand beside each other */
  show(runs: readonly RunEntry[], trainer: TrainerProgram, folder: string): void {
    if (runs.length > mostRuns) {
      throw new Error(`A chat holds up to ${mostRuns} language models, got ${runs.length}; choose fewer`);
    }
    const key = runs.map(({ folder }) => folder).join('\n');
    const there = this.#open.get(key);
    if (there !== undefined) {
      there.panel.reveal();
      return;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    const title = `Try ${runs.map((run) => runTitle(run)).join(' · ')}`;
    const panel = window.createWebviewPanel('peftLab.chat', title, column, panelOptions(this.#pageFolder));
    const tell = (event: ChatEvent): void => void panel.webview.postMessage(event);
    const session = new ChatSession(
      { ...candidatesOf(runs), startServer: () => new ModelServer(trainer, folder), tell },
      runs.length === 1,
    );
    this.#open.set(key, { panel, session });
    panel.iconPath = {
      light: Uri.joinPath(this.#pageFolder, '..', '..', 'resources', 'dashboard-light.svg'),
      dark: Uri.joinPath(this.#pageFolder, '..', '..', 'resources', 'dashboard-dark.svg'),
    };
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = chatPageMessage.safeParse(message);
      if (!read.success) this.#onError(new Error(`the chat's page sent an invalid message: ${read.error.message}`));
      else void this.#receive(read.data, { panel, session }).catch(this.#onError);
    });
    panel.onDidDispose(() => {
      this.#open.delete(key);
      void session.close().catch(this.#onError);
    });
    panel.webview.html = pageHtml(panel.webview, this.#pageFolder, 'chat');
    void session.open().catch(this.#onError);
  }

  dispose(): void {
    for (const { panel } of [...this.#open.values()]) panel.dispose();
  }

  async #receive(message: ChatPageMessage, { panel, session }: OpenChat): Promise<void> {
    switch (message.type) {
      case 'ready': {
        // A page that was hidden is made anew.
        const all: ChatEvent = { type: 'chat', chat: session.chat };
        await panel.webview.postMessage(all);
        return;
      }
      case 'ask':
        return await session.ask(message);
      case 'stop':
        return session.stop();
      case 'clear':
        return session.clear();
      case 'base':
        return await session.setBase(message.isOn);
      case 'copy':
        await env.clipboard.writeText(message.text);
        window.setStatusBarMessage('Copied', 3000);
        return;
      case 'error':
        this.#onError(new Error(`the chat's page: ${message.message}`));
    }
  }
}

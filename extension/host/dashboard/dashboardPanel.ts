import { homedir } from 'node:os';
import { type Disposable, env, type Memento, Uri, ViewColumn, type WebviewPanel, window, workspace } from 'vscode';
import {
  type HostMessage,
  type HostMessageInput,
  type PageMessage,
  type PanelView,
  pageMessage,
  type SweepAction,
} from '../../contract/panel.ts';
import type { ScaleCurve } from '../../contract/scale.ts';
import { messageOf } from '../../problems/messageOf.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { dashboardType } from '../commands/ids.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import type { SweepCatalog } from '../runs/sweepCatalog.ts';
import { DashboardFeed, type DashboardFeedOptions } from './dashboardFeed.ts';
import { PageAnswers, type PageAnswersOptions } from './pageAnswers.ts';
import { pageHtml, panelOptions } from './pageHtml.ts';

interface DashboardParts
  extends Pick<DashboardFeedOptions, 'worldOf' | 'driftOf' | 'sweepOf' | 'onError'>,
    Pick<PageAnswersOptions, 'flipsOf'> {
  readonly catalog: RunCatalog;
  readonly sweeps: Pick<SweepCatalog, 'sweeps' | 'onDidChange'>;
  /** Where the looks of runs' lines are kept from page to page. */
  readonly looks: Memento;
  /** The folder of the page's bundle. */
  readonly pageFolder: Uri;
  /** The actions of the page's buttons. */
  readonly act: (action: Extract<PageMessage, { type: 'action' }>['action'], run: RunEntry) => void;
  readonly actOnSweep: (action: SweepAction, sweep: string) => void;
  readonly start: () => void;
  /** A run's score over the scale of its change. @throws when it has none */
  readonly scaleOf: (run: RunEntry, signal: AbortSignal) => Promise<ScaleCurve>;
  /** Does what a person asked for and shows why it failed. */
  readonly attempt: (action: () => unknown) => Promise<void>;
  readonly report: (runs: readonly RunEntry[], choices: Readonly<Record<string, unknown>> | undefined) => void;
}

const looksKey = 'peftLab.looks';

/** The dashboard: one page, fed from the runs of this window. */
export class Dashboard {
  readonly #parts: DashboardParts;
  readonly #subscriptions: readonly Disposable[];
  #panel: WebviewPanel | undefined;
  #feed: DashboardFeed | undefined;
  #answers: PageAnswers | undefined;
  #wanted: Extract<HostMessage, { type: 'show' }> | undefined;

  constructor(parts: DashboardParts) {
    this.#parts = parts;
    this.#subscriptions = [
      parts.catalog.onDidChange(({ changes }) => {
        this.#feed?.runsChanged(changes);
        this.#answers?.runsChanged(changes);
      }),
      parts.sweeps.onDidChange(() => this.#feed?.sweepsChanged()),
      workspace.onDidGrantWorkspaceTrust(() => this.#feed?.lookAgain()),
    ];
  }

  /** Opens the page, or brings it to front, at these runs. */
  show(runs: readonly RunEntry[], view?: PanelView, keepFocus = false): void {
    this.#open({ type: 'show', runs: runs.map(({ id }) => id), ...(view && { view }) }, keepFocus);
  }

  /** Opens the page, or brings it to front, at a sweep; with runs, at these of its runs. */
  showSweep(sweep: string, runs: readonly RunEntry[] = []): void {
    this.#open({ type: 'show', view: 'sweep', runs: runs.map(({ id }) => id), sweep }, false);
  }

  #open(wanted: Extract<HostMessage, { type: 'show' }>, keepFocus: boolean): void {
    this.#wanted = wanted;
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, keepFocus);
      void this.#tellWanted();
      return;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    const panel = window.createWebviewPanel(
      dashboardType,
      'PEFT Lab',
      { viewColumn: column, preserveFocus: keepFocus },
      panelOptions(this.#parts.pageFolder),
    );
    this.adopt(panel);
  }

  /** Whether the page is visible with this run on it. */
  shows(run: RunEntry): boolean {
    return this.#panel?.visible === true && this.#feed?.shows(run) === true;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#panel?.dispose();
  }

  /** Fills a panel: a new one, or one of before a reload. */
  adopt(panel: WebviewPanel): void {
    const { pageFolder, catalog, sweeps, worldOf, driftOf, sweepOf, flipsOf, scaleOf, onError } = this.#parts;
    const before = this.#panel;
    this.#panel = panel;
    const post = (message: HostMessageInput): void => {
      if (this.#panel !== panel) return;
      const { looks } = this.#parts;
      const told = message.type === 'snapshot' ? { ...message, looks: looks.get(looksKey, {}) } : message;
      void panel.webview.postMessage(told);
    };
    const feed = new DashboardFeed({
      ...{ source: catalog, post, worldOf, driftOf, sweepOf, onError },
      isDriven: (id) => sweeps.sweeps.some(({ record, isDriven }) => record.id === id && isDriven),
    });
    this.#feed = feed;
    const answers = new PageAnswers({
      flipsOf,
      scaleOf: async (id, signal) => {
        const run = catalog.withId(id);
        return run && (await scaleOf(run, signal));
      },
      post: (message) => {
        if (feed.isReady) post(message);
      },
    });
    this.#answers = answers;
    const icon = (theme: string): Uri => Uri.joinPath(pageFolder, '..', '..', 'resources', `dashboard-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.options = panelOptions(pageFolder);
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const read = pageMessage.safeParse(message);
      if (!read.success) onError(new Error(`the dashboard's page sent an invalid message: ${read.error.message}`));
      else void this.#receive(read.data, feed, answers).catch(onError);
    });
    // A hidden page is gone: shown again, it loads anew and says that it is ready.
    panel.onDidChangeViewState(() => {
      if (!panel.visible) feed.pause();
    });
    panel.onDidDispose(() => {
      feed.close();
      answers.close();
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#feed = undefined;
      this.#answers = undefined;
    });
    panel.webview.html = pageHtml(panel.webview, pageFolder, 'dashboard');
    // A tab from before a reload that is looked at only now: there is one dashboard, the one in front.
    before?.dispose();
  }

  async #receive(message: PageMessage, feed: DashboardFeed, answers: PageAnswers): Promise<void> {
    const { catalog, looks, act, actOnSweep, start, report, attempt, onError } = this.#parts;
    switch (message.type) {
      case 'ready':
        await feed.ready(message.chosen);
        answers.tell();
        await this.#tellWanted();
        return;
      case 'taken':
        feed.taken(message.mark);
        return;
      case 'select':
        feed.look(message.checked, message.active);
        feed.lookAtSweep(message.sweep);
        return;
      case 'action': {
        const run = catalog.withId(message.run);
        if (run !== undefined) act(message.action, run);
        return;
      }
      case 'looks': {
        const known = Object.entries(message.looks).filter(([id]) => catalog.withId(id) !== undefined);
        await looks.update(looksKey, Object.fromEntries(known));
        return;
      }
      case 'flips':
        await answers.askFlips(message);
        return;
      case 'scale':
        await answers.askScale(message.run);
        return;
      case 'sweepAction':
        actOnSweep(message.action, message.sweep);
        return;
      case 'start':
        start();
        return;
      case 'save':
        await attempt(() => save(message.name, message.data));
        return;
      case 'report':
        report(
          message.runs.flatMap((id) => catalog.withId(id) ?? []),
          message.choices,
        );
        return;
      case 'copy':
        await attempt(async () => {
          await env.clipboard.writeText(message.text);
          window.setStatusBarMessage('Copied', 3000);
        });
        return;
      case 'error':
        onError(new Error(`the dashboard's page: ${message.message}`));
    }
  }

  async #tellWanted(): Promise<void> {
    const wanted = this.#wanted;
    // A page that is still to come says when it is ready.
    if (wanted === undefined || !this.#feed?.isReady) return;
    this.#wanted = undefined;
    await this.#feed.show(wanted);
  }
}

async function save(name: string, data: string | Uint8Array): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(homedir());
  const target = await window.showSaveDialog({ defaultUri: Uri.joinPath(folder, name) });
  if (target === undefined) return;
  try {
    await workspace.fs.writeFile(target, typeof data === 'string' ? new TextEncoder().encode(data) : data);
  } catch (error) {
    const place = target.scheme === 'file' ? target.fsPath : target.toString();
    throw new Error(`${place}: must be a place to write to, got ${messageOf(error)}; save again elsewhere`, {
      cause: error,
    });
  }
  window.setStatusBarMessage(`Saved ${target.path.split('/').at(-1) ?? name}`, 3000);
}

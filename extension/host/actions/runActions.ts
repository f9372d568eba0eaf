import { existsSync } from 'node:fs';
import path from 'node:path';
import { commands, env, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import { runFiles } from '../../contract/run.ts';
import type { RunEntry } from '../../runs/runEntry.ts';
import { stopDefaults, stopRun } from '../../runs/stop.ts';
import { runTitle } from '../explorer/runNames.ts';
import { notify } from '../notify.ts';
import { withoutIcons } from '../plainText.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

/** What is done to runs that are there. */
export class RunActions {
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
  }

  /** Asks each to stop; those that do not in time are terminated, then killed. */
  async stop(runs: readonly RunEntry[]): Promise<void> {
    await Promise.all(
      runs.map((run) =>
        window.withProgress(
          { location: ProgressLocation.Window, title: withoutIcons(l10n.t('Stopping {0}', runTitle(run))) },
          () =>
            stopRun(this.#catalog.storeOf(run.folder), run.folder, stopDefaults).finally(() => this.#catalog.refresh()),
        ),
      ),
    );
  }

  /** Deletes runs after a confirmation; protected, running and queued ones stay. */
  async delete(runs: readonly RunEntry[]): Promise<void> {
    const deletable = runs.filter(({ notes, state }) => !notes.protected && state !== 'running' && state !== 'queued');
    const kept = runs.length - deletable.length;
    if (deletable.length === 0) {
      const why = l10n.t('Protected runs, and those that run or wait, are not deleted.');
      if (runs.length > 0) void notify.information(why);
      return;
    }
    const [first] = deletable;
    const question =
      deletable.length === 1 ? l10n.t('Delete “{0}”?', runTitle(first!)) : l10n.t('Delete {0} runs?', deletable.length);
    const detail = [
      l10n.t('Checkpoints, tuned weights and journal are deleted for good.'),
      ...(kept === 0 ? [] : [l10n.t('{0} are protected, run or wait, and stay.', kept)]),
    ].join('\n');
    if (!(await notify.confirm(question, detail, l10n.t('Delete')))) return;
    try {
      for (const run of deletable) await this.#catalog.storeOf(run.folder).delete(run.folder);
    } finally {
      await this.#catalog.refresh();
    }
  }

  /** The config that the run was started from, as it was then; the file itself where it still says the same. */
  async openConfig(run: RunEntry): Promise<void> {
    const { configPath, configText } = run.record;
    if (configPath !== null && existsSync(configPath)) {
      const document = await workspace.openTextDocument(Uri.file(configPath));
      await window.showTextDocument(document);
      if (document.getText() !== configText) {
        const compare = l10n.t('Show Changes');
        const message = l10n.t('{0} has changed since this run was started.', path.basename(configPath));
        void notify.information(message, compare).then(async (chosen) => {
          if (chosen === compare) await this.#showChanges(run, document.uri);
        });
      }
      return;
    }
    await window.showTextDocument(await workspace.openTextDocument({ content: configText, language: 'peft-yaml' }));
  }

  async #showChanges(run: RunEntry, now: Uri): Promise<void> {
    const then = await workspace.openTextDocument({ content: run.record.configText, language: 'peft-yaml' });
    await commands.executeCommand('vscode.diff', then.uri, now, l10n.t('{0}: run ↔ now', path.basename(now.fsPath)));
  }

  async showLog(run: Pick<RunEntry, 'folder' | 'message'>): Promise<void> {
    const file = path.join(run.folder, runFiles.log);
    if (!existsSync(file)) {
      const why = run.message === null ? '' : ` ${run.message}`;
      void notify.information(l10n.t('{0}: has no log yet.{1}', path.basename(run.folder), why));
      return;
    }
    const document = await workspace.openTextDocument(Uri.file(file));
    const editor = await window.showTextDocument(document, { preview: true });
    const end = document.lineAt(Math.max(0, document.lineCount - 1)).range;
    editor.revealRange(end);
  }

  async reveal(folder: string): Promise<void> {
    const uri = Uri.file(folder);
    // A remote window has no file manager beside it.
    const isRemote = env.remoteName !== undefined || env.uiKind !== 1;
    await commands.executeCommand(isRemote ? 'revealInExplorer' : 'revealFileInOS', uri);
  }
}

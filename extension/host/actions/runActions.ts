import { existsSync } from 'node:fs';
import path from 'node:path';
import { commands, ProgressLocation, Uri, window, workspace } from 'vscode';
import { runFiles } from '../../contract/run.ts';
import { leaveQueue, stopDefaults, stopRun } from '../../runs/control/stop.ts';
import { readHolder } from '../../runs/folder/claim.ts';
import { updateNotes } from '../../runs/folder/notes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { isSweepIn } from '../../runs/folder/sweepFolder.ts';
import { runTitle } from '../../view/runNames.ts';
import { apartWords, tellApart } from '../../view/tellApart.ts';
import { discardAll } from '../editor/discardAll.ts';
import { notify } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { hasTrust } from '../editor/report.ts';
import { isLocal } from '../editor/revealFolder.ts';
import { changeEachRun } from '../runs/changeEachRun.ts';
import { folderBytes } from '../runs/folderSize.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { deletion, deletionText } from './deletion.ts';

/** Actions on existing runs. */
export class RunActions {
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
  }

  /** Asks each to stop; those that do not in time are terminated, then killed. */
  async stop(runs: readonly RunEntry[]): Promise<void> {
    // Which process is told to end, a folder says that anyone may have written.
    if (!(await hasTrust(workspace.isTrusted))) return;
    await Promise.all(
      runs.map((run) =>
        window.withProgress(
          { location: ProgressLocation.Window, title: withoutIcons(`Stopping ${runTitle(run)}`) },
          () =>
            stopRun(this.#catalog.storeOf(run.folder), run.folder, stopDefaults).finally(() => this.#catalog.refresh()),
        ),
      ),
    );
  }

  /**
   * Takes runs out of the queue: of those of which nothing was trained nothing is left, others are again what they were. Those that
   * began meanwhile stay.
   */
  async removeFromQueue(runs: readonly RunEntry[]): Promise<void> {
    const queued = runs.filter(({ state }) => state === 'queued');
    await changeEachRun(this.#catalog, queued, async ({ folder, summary }) => {
      await leaveQueue(folder);
      if (summary.journalBytes === 0) await this.#catalog.storeOf(folder).delete(folder);
    });
  }

  /** Lets queued runs start before all others of their queue, in the order given. */
  async runNext(runs: readonly RunEntry[]): Promise<void> {
    const queued = runs.filter(({ state }) => state === 'queued');
    const nowMs = Date.now();
    await changeEachRun(this.#catalog, queued, async (run) => {
      updateNotes(run.folder, { putFirstAt: new Date(nowMs - queued.indexOf(run)).toISOString() });
    });
  }

  /** Deletes runs after a confirmation; protected, running and queued ones stay. */
  async delete(runs: readonly RunEntry[]): Promise<void> {
    const { deletable, kept } = deletion(runs);
    if (deletable.length === 0) {
      const why = 'Protected runs, and those that run or wait, are not deleted.';
      if (runs.length > 0) void notify.information(why);
      return;
    }
    const apart = tellApart(this.#catalog.runs, runTitle);
    const names = deletable.map((run) => [runTitle(run), ...apartWords(apart.get(run.record))].join(' · '));
    const sizes = await Promise.all(deletable.map(({ folder }) => folderBytes(folder)));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const { question, detail, yes } = deletionText(names, bytes, {
      ...{ kept, hasTrash: isLocal() },
      outOfSight: deletable.filter(({ folder, state }) => state === 'unknown' && readHolder(folder) !== undefined)
        .length,
      ofSweeps: deletable.filter(
        ({ folder, record }) => record.sweep && isSweepIn(path.dirname(folder), record.sweep.id),
      ).length,
    });
    if (!(await notify.confirm(question, detail, yes))) return;
    await discardAll(
      deletable.map(({ folder }) => folder),
      (folders, discard) => {
        const meant = deletable.filter(({ folder }) => folders.includes(folder));
        return changeEachRun(this.#catalog, meant, ({ folder }) =>
          this.#catalog.storeOf(folder).delete(folder, discard),
        );
      },
    );
  }

  /** The config that the run was started from, as it was then; the file itself where it still says the same. */
  async openConfig(run: RunEntry): Promise<void> {
    const { configPath, configText } = run.record;
    if (configPath !== null && existsSync(configPath)) {
      const document = await workspace.openTextDocument(Uri.file(configPath));
      await window.showTextDocument(document);
      if (document.getText() !== configText) {
        const compare = 'Show Changes';
        const message = `${path.basename(configPath)} has changed since this run was started.`;
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
    await commands.executeCommand('vscode.diff', then.uri, now, `${path.basename(now.fsPath)}: run ↔ now`);
  }

  async showLog(run: Pick<RunEntry, 'folder' | 'message'>): Promise<void> {
    const file = path.join(run.folder, runFiles.log);
    if (!existsSync(file)) {
      const why = run.message === null ? '' : ` ${run.message}`;
      void notify.information(`${path.basename(run.folder)}: has no log yet.${why}`);
      return;
    }
    const document = await workspace.openTextDocument(Uri.file(file));
    const editor = await window.showTextDocument(document, { preview: true });
    const end = document.lineAt(Math.max(0, document.lineCount - 1)).range;
    editor.revealRange(end);
  }
}

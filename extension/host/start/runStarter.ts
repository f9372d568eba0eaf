import path from 'node:path';
import { type Uri, type WorkspaceFolder, workspace } from 'vscode';
import { runFiles } from '../../contract/run.ts';
import { startQueued } from '../../runs/control/queue.ts';
import { spawnDetached, workingFolder } from '../../runs/control/spawn.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { sameRun } from '../../runs/folder/sameRun.ts';
import { RunError } from '../../runs/runErrors.ts';
import { runTitle } from '../../view/runNames.ts';
import { withNotice } from '../editor/notify.ts';
import { hasTrust } from '../editor/report.ts';
import type { Services } from '../editor/services.ts';
import { readSettings, runLimit } from '../editor/settings.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { pythonFor } from '../trainer/pythonFor.ts';
import type { TrainerOf } from '../trainer/trainerProgram.ts';
import { runTrainerTask } from '../trainer/trainerTask.ts';
import { needsPython, settingOverrides } from './settingOverrides.ts';
import { showErrors } from './showErrors.ts';

/** How long a resumed run may take to say that it is there. */
const resumeLimitMs = 20_000;

/** Starts runs; nothing else does. */
export class RunStarter {
  readonly #catalog: RunCatalog;
  readonly #trainerOf: TrainerOf;
  readonly #check: Services['check'];
  readonly #onStarted: (folders: readonly string[]) => void;

  /** @param onStarted told of runs that a person has just started */
  constructor(
    catalog: RunCatalog,
    trainerOf: TrainerOf,
    check: Services['check'],
    onStarted: (folders: readonly string[]) => void,
  ) {
    this.#catalog = catalog;
    this.#trainerOf = trainerOf;
    this.#check = check;
    this.#onStarted = onStarted;
  }

  /**
   * Checks a config and puts its run into the queue, which starts it as soon as there is room.
   * @param methods tuned in place of those that the config names
   */
  async start(uri: Uri, methods?: string): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const folder = workspace.getWorkspaceFolder(uri);
    const file = path.basename(uri.fsPath);
    if (folder === undefined) {
      throw new Error(`${file}: must lie in a folder of this window, where its runs are kept; open its folder`);
    }
    const document = await workspace.openTextDocument(uri);
    if (document.isDirty && !(await document.save())) return;
    if (await showErrors(document, await this.#check(document))) return;

    const store = this.#catalog.storeFor(folder);
    const settings = readSettings(uri);
    // Asking wakes the Python extension: not for a run that needs no Python.
    const python = needsPython(document.getText(), settings) ? await pythonFor(uri) : undefined;
    const overrides = settingOverrides(document.getText(), { ...settings, pythonPath: python?.python ?? '' });
    const queue = ['--queue', '--limit', String(runLimit(uri)), '--runs', store.folder];
    const words = [
      ...['train', uri.fsPath, ...queue],
      ...(methods === undefined ? [] : ['--methods', methods]),
      ...overrides.flatMap((override) => ['--set', override]),
    ];
    const { stdout } = await withNotice(`Starting ${file}`, async (onNote, signal) =>
      runTrainerTask(await this.#trainerOf(uri), words, { folder: path.dirname(uri.fsPath), onNote, signal }),
    );
    const folders = stdout
      .split('\n')
      .filter(Boolean)
      .map((id) => path.join(store.folder, id.trim()));
    await this.#catalog.refresh();
    this.#onStarted(folders);
  }

  /** Goes on with runs from their last checkpoint. */
  async resume(runs: readonly RunEntry[]): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    for (const run of runs) {
      if (run.state === 'finished') {
        throw new RunError('state', `${runTitle(run)}: has finished and cannot be resumed; re-run it`);
      }
      const words = ['resume', run.folder, '--runs', path.dirname(run.folder)];
      const logFile = path.join(run.folder, runFiles.log);
      await spawnDetached(await this.#trainerOf(), words, { logFile, folder: workingFolder(run) });
    }
    this.#onStarted(runs.map(({ folder }) => folder));
    await Promise.all(runs.map((run) => this.#awaitResumed(run, Date.now() + resumeLimitMs)));
    await this.#catalog.refresh();
  }

  /** The same once more from its beginning, as a new run. */
  async retry(run: RunEntry): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const { folder } = this.#catalog.storeOf(run.folder).create(sameRun(run.record));
    await this.drainQueue();
    await this.#catalog.refresh();
    this.#onStarted([folder]);
  }

  /** Starts queued runs while there is room; windows and ending runs all do. */
  async drainQueue(): Promise<void> {
    if (!workspace.isTrusted) return;
    for (const { folders, store } of this.#catalog.stores) await this.#drain(folders[0], store);
  }

  async #drain(folder: WorkspaceFolder, store: Parameters<typeof startQueued>[0]): Promise<void> {
    if (this.#catalog.queue.some((run) => path.dirname(run.folder) === store.folder)) {
      await startQueued(store, await this.#trainerOf(folder.uri), runLimit(folder.uri));
    }
  }

  /** @throws RunError when the trainer does not take the run up. */
  async #awaitResumed(run: RunEntry, untilMs: number): Promise<void> {
    const before = run.summary.journalBytes;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      await this.#catalog.refresh();
      const now = this.#catalog.find(run.folder);
      if (now === undefined || now.state === 'running' || now.summary.journalBytes !== before) return;
      if (Date.now() > untilMs) {
        throw new RunError('state', `${runTitle(run)}: was not resumed; its log says why`);
      }
    }
  }
}

import path from 'node:path';
import { type Uri, workspace } from 'vscode';
import type { RunState } from '../../contract/run.ts';
import { startQueued } from '../../runs/control/queue.ts';
import { keepQueueLimit } from '../../runs/control/queueLimit.ts';
import { workingFolder } from '../../runs/control/spawn.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { sameRun } from '../../runs/folder/sameRun.ts';
import { RunError } from '../../runs/runErrors.ts';
import { runTitle } from '../../view/runNames.ts';
import { withNotice } from '../editor/notify.ts';
import { hasTrust } from '../editor/report.ts';
import type { Services } from '../editor/services.ts';
import { readSettings, runLimit } from '../editor/settings.ts';
import { eachRun } from '../runs/eachRun.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { scopeOf } from '../runs/scopeOf.ts';
import { pythonFor } from '../trainer/pythonFor.ts';
import type { TrainerOf } from '../trainer/trainerProgram.ts';
import { runTrainerTask, TaskError, type TaskOptions } from '../trainer/trainerTask.ts';
import { folderOfFile } from './folderOfFile.ts';
import { saveNamed } from './saveNamed.ts';
import { needsPython, settingOverrides } from './settingOverrides.ts';
import { showErrors } from './showErrors.ts';

/** Starts runs; nothing else does. */
export class RunStarter {
  readonly #catalog: RunCatalog;
  readonly #trainerOf: TrainerOf;
  readonly #check: Services['check'];
  readonly #onStarted: (folders: readonly string[]) => void;
  #draining: Promise<void> | undefined;
  #isAskedAgain = false;

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
    const folder = folderOfFile(uri);
    const file = path.basename(uri.fsPath);
    const document = await workspace.openTextDocument(uri);
    if (!(await saveNamed(document))) return;
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

  /**
   * Puts runs into the queue that go on from their last checkpoint. One that cannot, for it is under way again or its model has
   * changed, keeps no other from it.
   */
  async resume(runs: readonly RunEntry[]): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const finished = runs.find(({ state }) => state === 'finished');
    if (finished !== undefined) {
      throw new RunError('state', `${runTitle(finished)}: has finished and cannot be resumed; re-run it`);
    }
    const resumed: string[] = [];
    const what = runs.length === 1 ? runTitle(runs[0]!) : `${runs.length} runs`;
    try {
      const stayed = await withNotice(`Resuming ${what}`, (onNote, signal) =>
        eachRun(runs, async (run) => {
          await this.#requeue(run, { onNote, signal });
          resumed.push(run.folder);
        }),
      );
      if (stayed !== undefined) throw new RunError('state', stayed);
    } finally {
      await this.#catalog.refresh();
      if (resumed.length > 0) this.#onStarted(resumed);
    }
  }

  async #requeue(run: RunEntry, options: Omit<TaskOptions, 'folder'>): Promise<void> {
    const runsFolder = path.dirname(run.folder);
    const scope = scopeOf(this.#catalog, runsFolder);
    const queue = ['--queue', '--limit', String(runLimit(scope)), '--runs', runsFolder];
    const trainer = await this.#trainerOf(scope);
    try {
      await runTrainerTask(trainer, ['resume', run.folder, ...queue], { ...options, folder: workingFolder(run) });
    } catch (error) {
      if (!(error instanceof TaskError) || options.signal?.aborted) throw error;
      throw new RunError('state', error.message, { cause: error });
    }
  }

  /** The same once more from its beginning, as a new run. */
  async retry(run: RunEntry): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const { folder } = this.#catalog.storeOf(run.folder).create(sameRun(run.record));
    await this.drainQueue();
    await this.#catalog.refresh();
    this.#onStarted([folder]);
  }

  /** Starts queued runs while there is room, as windows and ending runs all do. */
  async drainQueue(): Promise<void> {
    if (!workspace.isTrusted) return;
    this.#isAskedAgain = true;
    this.#draining ??= this.#startQueued().finally(() => {
      this.#draining = undefined;
    });
    await this.#draining;
  }

  /** Once at a time: asked meanwhile, it looks once more. */
  async #startQueued(): Promise<void> {
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      for (const { folders, store } of this.#catalog.stores) {
        const [{ uri }] = folders;
        const limit = runLimit(uri);
        const inState = (state: RunState, runs: readonly RunEntry[]): number =>
          runs.filter((run) => run.state === state && path.dirname(run.folder) === store.folder).length;
        if (inState('queued', this.#catalog.queue) === 0) continue;
        keepQueueLimit(store.folder, limit);
        // What starts them reads the whole folder: each end tells the catalog, and asks again.
        if (inState('running', this.#catalog.runs) < limit) await startQueued(store, await this.#trainerOf(uri), limit);
      }
    }
  }
}

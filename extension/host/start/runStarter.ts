import path from 'node:path';
import { type Uri, workspace } from 'vscode';
import { type RunState, runFiles } from '../../contract/run.ts';
import { startQueued } from '../../runs/control/queue.ts';
import { keepQueueLimit } from '../../runs/control/queueLimit.ts';
import { spawnDetached, workingFolder } from '../../runs/control/spawn.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { sameRun } from '../../runs/folder/sameRun.ts';
import { RunError } from '../../runs/runErrors.ts';
import { runTitle } from '../../view/runNames.ts';
import { notify, withNotice } from '../editor/notify.ts';
import { hasTrust } from '../editor/report.ts';
import type { Services } from '../editor/services.ts';
import { readSettings, runLimit } from '../editor/settings.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { scopeOf } from '../runs/scopeOf.ts';
import { pythonFor } from '../trainer/pythonFor.ts';
import type { TrainerOf } from '../trainer/trainerProgram.ts';
import { runTrainerTask } from '../trainer/trainerTask.ts';
import { folderOfFile } from './folderOfFile.ts';
import { resumable } from './resumable.ts';
import { saveNamed } from './saveNamed.ts';
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
  /** Runs that a person resumed and that wait for room, by their folders: in this window alone. */
  readonly #waiting = new Map<string, RunEntry>();
  /** Folders of runs that were resumed and have not shown themselves yet. */
  readonly #starting = new Set<string>();
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

  /** Goes on with runs from their last checkpoint: one run now; of several as many as may run at once, and the rest as others end. */
  async resume(runs: readonly RunEntry[]): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const finished = runs.find(({ state }) => state === 'finished');
    if (finished !== undefined) {
      throw new RunError('state', `${runTitle(finished)}: has finished and cannot be resumed; re-run it`);
    }
    for (const run of runs) this.#waiting.set(run.folder, run);
    const now = runs.length === 1 ? runs : this.#withRoom();
    const left = runs.filter(
      (run) => this.#waiting.has(run.folder) && !now.some(({ folder }) => folder === run.folder),
    );
    if (left.length > 0) this.#tellWaiting(left, runs.length);
    await this.#resumeNow(now, this.#onStarted);
  }

  #tellWaiting(left: readonly RunEntry[], of: number): void {
    const [wait, them] = left.length === 1 ? ['waits', 'it'] : ['wait', 'them'];
    const room = `${left.length} of ${of} runs ${wait} for room (peftLab.maxConcurrentRuns)`;
    const no = 'Do Not Wait';
    void notify.information(`${room}. This window resumes ${them} as others end.`, no).then((chosen) => {
      if (chosen === no) for (const { folder } of left) this.#waiting.delete(folder);
    });
  }

  /** Whether runs wait to be resumed. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The same once more from its beginning, as a new run. */
  async retry(run: RunEntry): Promise<void> {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const { folder } = this.#catalog.storeOf(run.folder).create(sameRun(run.record));
    await this.drainQueue();
    await this.#catalog.refresh();
    this.#onStarted([folder]);
  }

  /** Starts queued runs while there is room, as windows and ending runs all do; then resumes those that wait for it here. */
  async drainQueue(): Promise<void> {
    if (!workspace.isTrusted) return;
    this.#isAskedAgain = true;
    this.#draining ??= this.#startQueued().finally(() => {
      this.#draining = undefined;
    });
    await this.#draining;
    await this.#resumeNow(this.#withRoom());
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

  /** Of the runs that wait to be resumed, those that there is room for; what became of the others meanwhile is looked at. */
  #withRoom(): readonly RunEntry[] {
    for (const folder of this.#waiting.keys()) {
      const run = this.#catalog.find(folder);
      if (run === undefined || ['finished', 'running', 'queued'].includes(run.state)) this.#waiting.delete(folder);
      else this.#waiting.set(folder, run);
    }
    const limitOf = (runsFolder: string): number => runLimit(scopeOf(this.#catalog, runsFolder));
    return resumable([...this.#waiting.values()], this.#catalog.runs, this.#starting, limitOf);
  }

  async #resumeNow(runs: readonly RunEntry[], onSpawned?: (folders: readonly string[]) => void): Promise<void> {
    if (runs.length === 0) return;
    const folders = runs.map(({ folder }) => folder);
    for (const folder of folders) {
      this.#waiting.delete(folder);
      this.#starting.add(folder);
    }
    try {
      for (const run of runs) {
        const words = ['resume', run.folder, '--runs', path.dirname(run.folder)];
        const logFile = path.join(run.folder, runFiles.log);
        await spawnDetached(await this.#trainerOf(scopeOf(this.#catalog, run.folder)), words, {
          logFile,
          folder: workingFolder(run),
        });
      }
      onSpawned?.(folders);
      await Promise.all(runs.map((run) => this.#awaitResumed(run, Date.now() + resumeLimitMs)));
    } finally {
      for (const folder of folders) this.#starting.delete(folder);
      await this.#catalog.refresh();
      // One that was not resumed leaves its room to the next.
      await this.#resumeNow(this.#withRoom());
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

import path from 'node:path';
import { type TextDocument, type Uri, workspace } from 'vscode';
import { withNotice } from '../editor/notify.ts';
import type { Services } from '../editor/services.ts';
import { TextPage } from '../editor/textPage.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { runsFolderOfSweep } from '../runs/sweepCatalog.ts';
import { folderOfFile } from '../start/folderOfFile.ts';
import { showErrors } from '../start/showErrors.ts';
import type { TrainerOf } from '../trainer/trainerProgram.ts';
import { runTrainerTask } from '../trainer/trainerTask.ts';

/** Starts sweeps, goes on with them and stops them; nothing else does. Those who call it ask for trust first. */
export class SweepStarter {
  readonly #catalog: RunCatalog;
  readonly #trainerOf: TrainerOf;
  readonly #check: Services['check'];
  readonly #page = new TextPage({ scheme: 'peft-lab-dry-run', title: 'Dry Run' });

  constructor(catalog: RunCatalog, trainerOf: TrainerOf, check: Services['check']) {
    this.#catalog = catalog;
    this.#trainerOf = trainerOf;
    this.#check = check;
  }

  /** Starts what a file describes, in a process that outlives this window, or goes on with it. */
  async start(uri: Uri): Promise<void> {
    const document = await this.#checked(uri);
    if (document === undefined) return;
    const folder = folderOfFile(uri);
    const file = path.basename(uri.fsPath);
    const runs = this.#catalog.storeFor(folder).folder;
    await this.#task(uri, `Starting ${file}`, ['start', uri.fsPath, '--detach', '--runs', runs]);
    await this.#catalog.refresh();
  }

  /** Goes on with a sweep of a runs folder, in a process that outlives this window. */
  resume = (folder: string): Promise<void> => this.#tell(folder, 'Resuming', ['resume', '--detach']);

  /** Stops what is under way of a sweep with checkpoints, on this machine or on a cluster, and has no further run start. */
  stop = (folder: string): Promise<void> => this.#tell(folder, 'Stopping', ['stop']);

  /** Shows what each arm needs here; starts nothing. */
  async dryRun(uri: Uri): Promise<void> {
    if ((await this.#checked(uri)) === undefined) return;
    const file = path.basename(uri.fsPath);
    await this.#page.show(`${file}\n\n${await this.#task(uri, `Pricing ${file}`, ['start', uri.fsPath, '--dry-run'])}`);
  }

  dispose(): void {
    this.#page.dispose();
  }

  /** The file as it is saved; undefined where something in it is wrong, which is shown. */
  async #checked(uri: Uri): Promise<TextDocument | undefined> {
    const document = await workspace.openTextDocument(uri);
    if (document.isDirty && !(await document.save())) return undefined;
    return (await showErrors(document, await this.#check(document))) ? undefined : document;
  }

  async #tell(folder: string, doing: string, words: readonly string[]): Promise<void> {
    const id = path.basename(folder);
    const trainer = await this.#trainerOf();
    const all = ['sweep', ...words, id, '--runs', runsFolderOfSweep(folder)];
    await withNotice(`${doing} ${id}`, (onNote, signal) => runTrainerTask(trainer, all, { folder, onNote, signal }));
    await this.#catalog.refresh();
  }

  async #task(uri: Uri, title: string, words: readonly string[]): Promise<string> {
    const { stdout } = await withNotice(title, async (onNote, signal) =>
      runTrainerTask(await this.#trainerOf(uri), ['sweep', ...words], {
        folder: path.dirname(uri.fsPath),
        onNote,
        signal,
      }),
    );
    return stdout;
  }
}

import path from 'node:path';
import { commands, type TextDocument, type Uri, workspace } from 'vscode';
import { parseConfig } from '../../config/text/parse.ts';
import { readSweep } from '../../experiments/file/readSweep.ts';
import { sizeLimits } from '../../files/guardedFile.ts';
import { readText } from '../../files/readText.ts';
import { sweepFolders } from '../../runs/folder/sweepFolder.ts';
import { commandId } from '../commands/ids.ts';
import { notify, withNotice } from '../editor/notify.ts';
import type { Services } from '../editor/services.ts';
import { readSettings } from '../editor/settings.ts';
import { TextPage } from '../editor/textPage.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { scopeOf } from '../runs/scopeOf.ts';
import { runsFolderOfSweep } from '../runs/sweepCatalog.ts';
import { folderOfFile } from '../start/folderOfFile.ts';
import { saveNamed } from '../start/saveNamed.ts';
import { settingDefaults, sweepNeedsPython } from '../start/settingOverrides.ts';
import { showErrors } from '../start/showErrors.ts';
import { pythonFor } from '../trainer/pythonFor.ts';
import type { TrainerOf } from '../trainer/trainerProgram.ts';
import { runTrainerTask, type TaskResult } from '../trainer/trainerTask.ts';

/** What the settings choose for configs that leave it open: for the sweep's runs as for those that are started one by one. */
async function defaultWords(document: TextDocument): Promise<readonly string[]> {
  const { uri } = document;
  const settings = readSettings(uri);
  const { sweep } = readSweep(parseConfig(document.getText()).value);
  const folder = path.dirname(uri.fsPath);
  const files = sweep?.experiments.map((file) => readText(path.resolve(folder, file), sizeLimits.config)) ?? [];
  const texts = (await Promise.all(files)).flatMap((read) => ('text' in read ? read.text : []));
  // Asking wakes the Python extension: not for a sweep that needs no Python.
  const isAsked = sweep !== undefined && sweepNeedsPython(sweep, texts, settings);
  const python = isAsked ? await pythonFor(uri) : undefined;
  return settingDefaults({ ...settings, pythonPath: python?.python ?? '' }).flatMap((one) => ['--default', one]);
}

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

  /**
   * Starts what a file describes, in a process that outlives this window, or goes on with it.
   * @param isAnew whether it begins from its first run though it was started before
   */
  async start(uri: Uri, isAnew = false): Promise<void> {
    const document = await this.#checked(uri);
    if (document === undefined) return;
    const folder = folderOfFile(uri);
    const file = path.basename(uri.fsPath);
    const runs = this.#catalog.storeFor(folder).folder;
    const told = await this.#task(uri, `Starting ${file}`, [
      ...['start', uri.fsPath, '--detach', '--runs', runs, ...(isAnew ? ['--new'] : [])],
      ...(await defaultWords(document)),
    ]);
    await this.#catalog.refresh();
    const id = told.stdout.trimEnd().split('\n').at(-1);
    const sweep = sweepFolders(runs).find((one) => path.basename(one) === id);
    if (sweep === undefined) return;
    const goesOn = told.stderr.split('\n').includes(`goes on with sweep ${id}`);
    const before = goesOn ? `${file} was started before: what sweep ${id} lacks is trained, nothing twice.` : '';
    const anew = 'Start Anew';
    const chosen = await say(sweep, told, before, goesOn ? [anew] : []);
    if (chosen === anew) await this.start(uri, true);
  }

  /** Goes on with a sweep of a runs folder, in a process that outlives this window. */
  resume = (folder: string): Promise<void> => this.#tell(folder, 'Resuming', ['resume', '--detach']);

  /** Stops what is under way of a sweep with checkpoints, on this machine or on a cluster, and has no further run start. */
  stop = (folder: string): Promise<void> => this.#tell(folder, 'Stopping', ['stop']);

  /** Shows what each arm needs here; starts nothing. */
  async dryRun(uri: Uri): Promise<void> {
    const document = await this.#checked(uri);
    if (document === undefined) return;
    const file = path.basename(uri.fsPath);
    const words = ['start', uri.fsPath, '--dry-run', ...(await defaultWords(document))];
    const { stdout } = await this.#task(uri, `Pricing ${file}`, words);
    await this.#page.show(`${file}\n\n${stdout}`);
  }

  dispose(): void {
    this.#page.dispose();
  }

  /** The file as it is saved, with all that it names; undefined where something in it is wrong, which is shown. */
  async #checked(uri: Uri): Promise<TextDocument | undefined> {
    const document = await workspace.openTextDocument(uri);
    if (!(await saveNamed(document))) return undefined;
    return (await showErrors(document, await this.#check(document))) ? undefined : document;
  }

  async #tell(folder: string, doing: string, words: readonly string[]): Promise<void> {
    const id = path.basename(folder);
    const trainer = await this.#trainerOf(scopeOf(this.#catalog, folder));
    const all = ['sweep', ...words, id, '--runs', runsFolderOfSweep(folder)];
    const told = await withNotice(`${doing} ${id}`, (onNote, signal) =>
      runTrainerTask(trainer, all, { folder, onNote, signal }),
    );
    await this.#catalog.refresh();
    await say(folder, told);
  }

  #task(uri: Uri, title: string, words: readonly string[]): Thenable<TaskResult> {
    return withNotice(title, async (onNote, signal) =>
      runTrainerTask(await this.#trainerOf(uri), ['sweep', ...words], {
        folder: path.dirname(uri.fsPath),
        onNote,
        signal,
      }),
    );
  }
}

/** Shows what the trainer told of a sweep, where it told anything, with the sweep a click away. */
async function say(
  folder: string,
  { stderr }: TaskResult,
  before = '',
  choices: readonly string[] = [],
): Promise<string | undefined> {
  const about = `sweep ${path.basename(folder)}: `;
  const told = stderr.split('\n').filter((line) => line.startsWith(about));
  const message = [before, ...told].filter(Boolean).join(' ');
  if (message === '') return undefined;
  const isWarning = told.some((line) => / goes on with |may not be comparable/.test(line));
  const open = 'Open Sweep';
  const chosen = await notify[isWarning ? 'warning' : 'information'](message, open, ...choices);
  if (chosen === open) await commands.executeCommand(commandId('openSweep'), { kind: 'sweep', folder });
  return chosen;
}

import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EventEmitter } from 'vscode';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { SweepView } from '../../contract/sweepView.ts';
import { isSweepDriven } from '../../runs/control/sweepDriver.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { readSweepRecord, readVerdict, sweepFolders } from '../../runs/folder/sweepFolder.ts';
import type { RunCatalog } from './runCatalog.ts';

/** A sweep as lists show it. */
export interface SweepEntry {
  readonly folder: string;
  readonly record: SweepRecord;
  /** Those that are there, by their index. */
  readonly runs: ReadonlyMap<number, RunEntry>;
  /** Undefined where its texts cannot be read by this version. */
  readonly view: SweepView | undefined;
  /** The verdicts, a sentence for each pair; undefined until the sweep is whole. */
  readonly verdict: readonly string[] | undefined;
  /** Whether anyone is at it, though no run may be under way. */
  readonly isDriven: boolean;
}

/** How often sweeps are looked for that other programs start, and for the processes that drive them. */
const lookEveryMs = 1000;

/** The sweeps of all workspace folders. */
export class SweepCatalog {
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #catalog: RunCatalog;
  readonly #onError: (error: unknown) => void;
  readonly #records = new Map<string, SweepRecord>();
  readonly #timer: NodeJS.Timeout;
  readonly #runsChanged: { dispose(): void };
  #sweeps: readonly SweepEntry[] = [];
  #looking: Promise<void> | undefined;

  constructor(catalog: RunCatalog, onError: (error: unknown) => void) {
    this.#catalog = catalog;
    this.#onError = onError;
    this.#runsChanged = catalog.onDidChange(() => void this.refresh());
    this.#timer = setInterval(() => void this.refresh(), lookEveryMs);
  }

  /** The newest first. */
  get sweeps(): readonly SweepEntry[] {
    return this.#sweeps;
  }

  find(folder: string): SweepEntry | undefined {
    return this.#sweeps.find((sweep) => sweep.folder === folder);
  }

  /** Looks now. */
  refresh(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(this.#onError)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#runsChanged.dispose();
    this.#changed.dispose();
  }

  async #look(): Promise<void> {
    const all = this.#catalog.stores.flatMap(({ store }) => this.#foldersOf(store.folder));
    // Of a project and its copy the first, as of runs.
    const folders = [...new Map(all.toReversed().map((folder) => [path.basename(folder), folder])).values()];
    if (folders.length === 0 && this.#sweeps.length === 0) return;
    const runs = new Map<string, RunEntry[]>();
    for (const run of this.#catalog.runs) {
      if (run.record.sweep === undefined) continue;
      const id = `${path.dirname(run.folder)} ${run.record.sweep.id}`;
      const own = runs.get(id) ?? [];
      own.push(run);
      runs.set(id, own);
    }
    const found = await Promise.all(
      folders.map((folder) =>
        this.#read(folder, runs.get(`${runsFolderOfSweep(folder)} ${path.basename(folder)}`) ?? []),
      ),
    );
    const sweeps = found.filter((entry) => entry !== undefined).sort((a, b) => (a.folder < b.folder ? 1 : -1));
    const isSame =
      sweeps.length === this.#sweeps.length &&
      sweeps.every((sweep, i) => sweep === this.#sweeps[i] || isDeepStrictEqual(told(sweep), told(this.#sweeps[i]!)));
    this.#sweeps = sweeps;
    if (!isSame) this.#changed.fire();
  }

  /** One folder that cannot be read hides no sweep of another. */
  #foldersOf(runsFolder: string): readonly string[] {
    try {
      return sweepFolders(runsFolder);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  /** One that cannot be read hides no other. */
  async #read(folder: string, entries: readonly RunEntry[]): Promise<SweepEntry | undefined> {
    try {
      return await this.#entryOf(folder, entries);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  async #entryOf(folder: string, entries: readonly RunEntry[]): Promise<SweepEntry> {
    const record = this.#records.get(folder) ?? readSweepRecord(folder);
    this.#records.set(folder, record);
    const runs = new Map(entries.map((entry) => [entry.record.sweep!.index, entry]));
    const isDriven = await isSweepDriven(folder);
    const before = this.find(folder);
    const isStill = before !== undefined && before.isDriven === isDriven && haveSame(before.runs, runs);
    // Plans, methods and config checks: not for a window without sweeps.
    const { viewOf } = await import('./sweepViews.ts');
    const view = isStill ? before.view : await viewOf(folder, record, runs, isDriven);
    if (isStill && (view?.state !== 'finished' || before.verdict !== undefined)) return before;
    const verdict = view?.state === 'finished' ? readVerdict(folder, runs.values()) : undefined;
    return { folder, record, runs, view, verdict, isDriven };
  }
}

/** A run that has ended is the same entry until its files change. */
const haveSame = (before: SweepEntry['runs'], now: SweepEntry['runs']): boolean =>
  before.size === now.size && [...now].every(([index, run]) => before.get(index) === run);

/** Where the runs of a sweep lie. */
export const runsFolderOfSweep = (folder: string): string => path.dirname(path.dirname(folder));

/** The shown parts of a sweep: rows of its runs are drawn anew by themselves. */
const told = ({ folder, view, verdict, runs, isDriven }: SweepEntry): unknown => [
  folder,
  isDriven,
  verdict,
  [...runs.values()].map((run) => run.folder),
  view && { ...view, secondsLeft: undefined, runs: view.runs.map(({ state, score }) => [state, score]) },
];

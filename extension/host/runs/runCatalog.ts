import path from 'node:path';
import { Disposable, EventEmitter, type WorkspaceFolder, workspace } from 'vscode';
import { isSamePlace } from '../../files/samePlace.ts';
import { counted } from '../../problems/counted.ts';
import { byTurn } from '../../runs/control/queue.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { RunStore } from '../../runs/folder/store.ts';
import { runsFolderOf } from '../editor/settings.ts';
import { type RunPlace, runPlaces } from './runPlaces.ts';
import { type RunChange, RunWatch, type UnreadableRun } from './runWatch.ts';

export interface CatalogChange {
  readonly changes: readonly RunChange[];
  /** Read for the first time, not something that happened now. */
  readonly first: boolean;
}

interface Watched {
  /** The workspace folders whose runs go there: several where a setting names one place for all. */
  readonly folders: RunPlace<WorkspaceFolder>['folders'];
  readonly watch: RunWatch;
  readonly store: RunStore;
}

/** Facts that lists ask for again and again. */
interface RunIndex {
  readonly runs: readonly RunEntry[];
  readonly byId: ReadonlyMap<string, RunEntry>;
  /** Runs that lie in an earlier folder too, by their own. */
  readonly copies: ReadonlyMap<string, RunEntry>;
  readonly queue: readonly RunEntry[];
}

/** The runs of all workspace folders. Of a project and its copy the first is listed: by id, the one would be taken for the other. */
export class RunCatalog {
  readonly #changed = new EventEmitter<CatalogChange>();
  readonly onDidChange = this.#changed.event;
  readonly #onError: (error: unknown) => void;
  readonly #onRefused: (error: unknown) => void;
  readonly #subscriptions: Disposable;
  #watched: readonly Watched[] = [];
  /** Those that nobody was told of. */
  #copies: RunIndex['copies'] = new Map();
  /** Made when asked for; undefined again when something changes. */
  #index: RunIndex | undefined;

  /** @param onRefused told why the runs of a workspace folder have no place */
  constructor(onError: (error: unknown) => void, onRefused = onError) {
    this.#onError = onError;
    this.#onRefused = onRefused;
    this.#subscriptions = Disposable.from(
      workspace.onDidChangeWorkspaceFolders(() => this.#open()),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('peftLab.runsFolder')) this.#open();
      }),
    );
    this.#open();
  }

  /** In no particular order. */
  get runs(): readonly RunEntry[] {
    return this.#indexed().runs;
  }

  /** Whether the runs of every folder have been read once. */
  get loaded(): boolean {
    return this.#watched.every(({ watch }) => watch.loaded);
  }

  /** Resolves when `loaded`. */
  async whenLoaded(): Promise<void> {
    while (!this.loaded) {
      await new Promise<void>((resolve) => {
        const listener = this.onDidChange(() => {
          listener.dispose();
          resolve();
        });
      });
    }
  }

  get unreadable(): readonly UnreadableRun[] {
    const { copies, byId } = this.#indexed();
    return this.#watched.flatMap(({ watch, store }) => {
      const own = [...copies.values()].filter(({ folder }) => watch.run(folder) !== undefined);
      if (own.length === 0) return watch.unreadable;
      const [first] = own;
      const where = path.dirname(byId.get(first!.id)!.folder);
      const problem = `must have runs of its own, got ${counted(own.length, 'run')} that ${where} has too; open this folder by itself`;
      return [...watch.unreadable, { folder: store.folder, problem }];
    });
  }

  find(runFolder: string): RunEntry | undefined {
    const run = this.#ofRun(runFolder)?.watch.run(runFolder);
    return run && this.withId(run.id)?.folder === run.folder ? run : undefined;
  }

  withId(id: string): RunEntry | undefined {
    return this.#indexed().byId.get(id);
  }

  /** The store that a run folder lies in. @throws Error for a folder of no workspace folder */
  storeOf(runFolder: string): RunStore {
    const watched = this.#ofRun(runFolder);
    if (watched === undefined) throw new Error(`${runFolder}: is not in a runs folder of this workspace`);
    return watched.store;
  }

  /** Where new runs of a workspace folder go. @throws UserError for a setting that names no place */
  storeFor(folder: WorkspaceFolder): RunStore {
    const own = folder.uri.toString();
    const watched = this.#watched.find(({ folders }) => folders.some(({ uri }) => uri.toString() === own));
    return watched?.store ?? new RunStore(runsFolderOf(folder));
  }

  /** Each place once, with the workspace folders whose runs go there. */
  get stores(): readonly Pick<Watched, 'folders' | 'store'>[] {
    return this.#watched;
  }

  /** The next to start first. */
  get queue(): readonly RunEntry[] {
    return this.#indexed().queue;
  }

  async refresh(): Promise<void> {
    await Promise.all(this.#watched.map(({ watch }) => watch.refresh()));
  }

  dispose(): void {
    for (const { watch } of this.#watched) watch.close();
    this.#subscriptions.dispose();
    this.#changed.dispose();
  }

  #indexed(): RunIndex {
    if (this.#index === undefined) {
      const byId = new Map<string, RunEntry>();
      const copies = new Map<string, RunEntry>();
      for (const run of this.#watched.flatMap(({ watch }) => watch.runs)) {
        if (byId.has(run.id)) copies.set(run.folder, run);
        else byId.set(run.id, run);
      }
      const runs = [...byId.values()];
      this.#index = { runs, byId, copies, queue: runs.filter(({ state }) => state === 'queued').sort(byTurn) };
    }
    return this.#index;
  }

  #ofRun(runFolder: string): Watched | undefined {
    return this.#watched.find(({ watch }) => watch.run(runFolder) !== undefined);
  }

  /** Watches the places that are wanted now: those that were watched before go on as they are. */
  #open(): void {
    const local = (workspace.workspaceFolders ?? []).filter(
      (folder) => folder.uri.scheme === 'file' && this.#hasPlace(folder),
    );
    const left = new Set(this.#watched);
    this.#watched = runPlaces(local, runsFolderOf).map(({ place, folders }) => {
      const known = [...left].find(({ store }) => isSamePlace(store.folder, place));
      if (known === undefined) return { folders, watch: this.#watch(place), store: new RunStore(place) };
      left.delete(known);
      return { ...known, folders };
    });
    for (const { watch } of left) watch.close();
    const gone = [...left].flatMap(({ watch }) => watch.runs);
    const changes = this.#listed(gone.map((before) => ({ folder: before.folder, before, after: undefined })));
    if (changes.length > 0) this.#changed.fire({ changes, first: true });
    for (const { watch } of this.#watched) watch.start();
  }

  #watch(place: string): RunWatch {
    return new RunWatch(place, {
      onChange: (changes, first) => {
        this.#changed.fire({ changes: this.#listed(changes), first });
      },
      onLoaded: () => this.#changed.fire({ changes: [], first: true }),
      onError: this.#onError,
    });
  }

  /** The changes of the list: a copy takes the place of a run that goes, and leaves it to one that comes. */
  #listed(changes: readonly RunChange[]): readonly RunChange[] {
    const were = this.#copies;
    this.#index = undefined;
    const { copies } = this.#indexed();
    this.#copies = copies;
    const named = new Set(changes.map(({ folder }) => folder));
    const others = (runs: RunIndex['copies'], but: RunIndex['copies']): readonly string[] =>
      [...runs.keys()].filter((folder) => !but.has(folder) && !named.has(folder));
    return [
      ...others(copies, were).map((folder) => ({ folder, before: copies.get(folder), after: undefined })),
      ...changes.map(({ folder, before, after }) => ({
        folder,
        before: were.has(folder) ? undefined : before,
        after: copies.has(folder) ? undefined : after,
      })),
      ...others(were, copies).map((folder) => ({ folder, before: undefined, after: this.find(folder) })),
    ];
  }

  #hasPlace(folder: WorkspaceFolder): boolean {
    try {
      runsFolderOf(folder);
      return true;
    } catch (error) {
      this.#onRefused(error);
      return false;
    }
  }
}

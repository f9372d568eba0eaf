import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type RunRecord, runFiles } from '../../contract/run.ts';
import { errorCode, isCode } from '../../files/failure.ts';
import { type ReadRun, type RunEntry, readRuns } from '../../runs/folder/runEntry.ts';

export interface RunChange {
  readonly folder: string;
  /** Undefined for a run seen for the first time. */
  readonly before: RunEntry | undefined;
  /** Undefined for a run that is gone, or cannot be read any more. */
  readonly after: RunEntry | undefined;
}

export interface UnreadableRun {
  readonly folder: string;
  readonly problem: string;
}

interface RunWatchOptions {
  /** The news; `first` while the folder is read for the first time, newest runs first. */
  readonly onChange: (changes: readonly RunChange[], first: boolean) => void;
  /** Every run has been read once, as far as the folder can be read. */
  readonly onLoaded?: () => void;
  /** The folder could not be read; looking goes on. */
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number;
}

/** Runs read before the first showing, and between later ones. */
const firstBatch = 60;
const batch = 500;
/** Ended runs looked at for changes by others in one round: all of them where there are few. */
const sweep = 300;

/**
 * Keeps a list of the runs below one folder, whoever starts, changes or deletes them: another window, the command line.
 * Looks once a second, for file systems cannot be trusted to tell: at every run that has not ended, and at a part of the
 * others in turn.
 */
export class RunWatch {
  readonly folder: string;
  readonly #options: RunWatchOptions;
  readonly #records = new Map<string, RunRecord>();
  readonly #known = new Map<string, ReadRun>();
  readonly #stamps = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #sweepAt = 0;
  #isStarted = false;
  #loaded = false;
  #closed = false;

  constructor(folder: string, options: RunWatchOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Whether every run has been read once, as far as the folder can be read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get runs(): readonly RunEntry[] {
    return [...this.#known.values()].flatMap((read) => (read.kind === 'run' ? [read.entry] : []));
  }

  get unreadable(): readonly UnreadableRun[] {
    return [...this.#known.values()].flatMap((read) => (read.kind === 'unreadable' ? [read] : []));
  }

  run(folder: string): RunEntry | undefined {
    const read = this.#known.get(folder);
    return read?.kind === 'run' ? read.entry : undefined;
  }

  /** Looks from now on; once. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const again = (): void => {
      if (this.#closed) return;
      this.#timer = setTimeout(() => void this.refresh().then(again), this.#options.intervalMs ?? 1000);
    };
    void this.refresh().then(again);
  }

  /** Looks now; a call while looking looks once more afterwards. */
  refresh(): Promise<void> {
    if (this.#round === undefined) {
      this.#round = this.#look().finally(() => {
        this.#round = undefined;
      });
      return this.#round;
    }
    this.#next ??= this.#round.then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const present = await this.#present();
      this.#forgetMissing(new Set(present));
      const due = present.filter((folder) => !this.#known.has(folder)).reverse();
      for (let start = 0, size = firstBatch; start < due.length && !this.#closed; start += size, size = batch) {
        await this.#read(due.slice(start, start + size), !this.#loaded);
      }
      this.#tellLoaded();
      await this.#read(this.#changed(), false);
    } catch (error) {
      this.#options.onError(error);
      this.#tellLoaded();
    }
  }

  #tellLoaded(): void {
    if (this.#loaded || this.#closed) return;
    this.#loaded = true;
    this.#options.onLoaded?.();
  }

  async #present(): Promise<string[]> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => path.join(this.folder, entry.name))
        .sort();
    } catch (error) {
      if (isCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #forgetMissing(present: ReadonlySet<string>): void {
    const gone: RunChange[] = [];
    for (const [folder, read] of this.#known) {
      if (present.has(folder)) continue;
      this.#known.delete(folder);
      this.#stamps.delete(folder);
      this.#records.delete(folder);
      if (read.kind === 'run') gone.push({ folder, before: read.entry, after: undefined });
      else gone.push({ folder, before: undefined, after: undefined });
    }
    if (gone.length === 0) return;
    // A copy is a run of its own once the run beside it is gone.
    for (const { folder } of this.unreadable) this.#stamps.delete(folder);
    if (!this.#closed) this.#options.onChange(gone, false);
  }

  /** Runs that may have moved on: all unfinished ones, and those of this round's share whose files changed. */
  #changed(): string[] {
    const unsettled: string[] = [];
    const settled: string[] = [];
    for (const [folder, read] of this.#known) (isSettled(read) ? settled : unsettled).push(folder);
    if (this.#sweepAt >= settled.length) this.#sweepAt = 0;
    const share = settled.slice(this.#sweepAt, this.#sweepAt + sweep);
    this.#sweepAt += sweep;
    return [...unsettled, ...share.filter((folder) => stampOf(folder) !== this.#stamps.get(folder))];
  }

  async #read(folders: readonly string[], first: boolean): Promise<void> {
    if (folders.length === 0) return;
    // Taken before reading: what is written meanwhile makes another stamp.
    const stamps = folders.map(stampOf);
    const read = await readRuns(folders, this.#records);
    const changes: RunChange[] = [];
    for (const [index, after] of read.entries()) {
      const folder = folders[index]!;
      const before = this.#known.get(folder);
      this.#known.set(folder, after);
      this.#stamps.set(folder, stamps[index]!);
      if (before !== undefined && isSame(before, after)) continue;
      changes.push({ folder, before: entryOf(before), after: entryOf(after) });
    }
    if (changes.length > 0 && !this.#closed) this.#options.onChange(changes, first);
  }
}

const entryOf = (read: ReadRun | undefined): RunEntry | undefined => (read?.kind === 'run' ? read.entry : undefined);

const isSettled = (read: ReadRun): boolean =>
  read.kind === 'unreadable' || !['queued', 'running', 'unknown'].includes(read.entry.state);

function isSame(a: ReadRun, b: ReadRun): boolean {
  if (a.kind === 'unreadable' || b.kind === 'unreadable') {
    return a.kind === 'unreadable' && b.kind === 'unreadable' && a.problem === b.problem;
  }
  const [x, y] = [a.entry, b.entry];
  return (
    x.state === y.state &&
    x.message === y.message &&
    x.summary.journalBytes === y.summary.journalBytes &&
    x.summary.updatedAt === y.summary.updatedAt &&
    JSON.stringify(x.notes) === JSON.stringify(y.notes)
  );
}

/** Changes when another attempt takes the run, notes are written, the journal grows, or what cannot be looked at can be. */
const stampOf = (folder: string): string =>
  [runFiles.record, runFiles.process, runFiles.notes, runFiles.journal]
    .map((name) => stampOfFile(path.join(folder, name)))
    .join(' ');

function stampOfFile(file: string): string {
  try {
    const facts = statSync(file, { throwIfNoEntry: false });
    return facts === undefined ? '-' : `${facts.mtimeMs}:${facts.size}`;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

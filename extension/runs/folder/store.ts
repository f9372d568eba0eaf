import { randomBytes } from 'node:crypto';
import { type Dirent, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ProcessRecord, type RunRecord, runFiles } from '../../contract/run.ts';
import { writeJsonAtomic } from '../../files/atomicFile.ts';
import { errorCode, isCode, writeFailure } from '../../files/failure.ts';
import { sweepLeftovers } from '../../files/leftovers.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { RunError } from '../runErrors.ts';
import { nextAttempt } from './claim.ts';
import { newId } from './newId.ts';
import { readNotes } from './notes.ts';
import { writeTicket } from './queueTicket.ts';
import { fromRunsFolder, readRecordFile } from './recordedPath.ts';
import { isCopyOf, type ReadRun, type RunEntry, readRuns } from './runEntry.ts';

/** Where runs lie unless told otherwise, below the workspace or working folder. */
export const defaultRunsFolder = path.join('.peft-lab', 'runs');

/** Names begun by a dot are folders in the making or on their way out. */
const asidePrefix = '.new-';
const deletedPrefix = '.deleted-';

export interface RunList {
  /** Oldest first. */
  readonly runs: readonly RunEntry[];
  /** Folders that are no run of this version, each with the reason. */
  readonly unreadable: readonly { readonly id: string; readonly folder: string; readonly problem: string }[];
}

/** The run folders below one folder. */
export class RunStore {
  readonly folder: string;
  /** `run.json` never changes once written. */
  readonly #records = new Map<string, RunRecord>();

  constructor(folder: string) {
    this.folder = path.resolve(folder);
  }

  /**
   * Makes a run folder: prepared aside, then renamed into place, so that no reader sees half of one.
   * @param holder The process that will run it at once; without it the run is queued.
   * @param ownId Of a run that must not be there twice, whoever makes it. Default: a new one.
   * @throws RunError `not-writable`; `busy` where a run of that id is there already
   */
  create(
    content: Omit<RunRecord, 'version' | 'id' | 'createdAt'>,
    holder?: ProcessRecord,
    ownId?: string,
  ): { readonly id: string; readonly folder: string } {
    const aside = path.join(this.folder, asidePrefix + randomBytes(6).toString('hex'));
    try {
      makeInRunsFolder(this.folder, aside);
      sweepLeftovers(this.folder, /^\.(new|deleted)-[0-9a-f]{12}$/);
      if (holder !== undefined) {
        writeJsonAtomic(path.join(aside, runFiles.claim), holder);
        writeJsonAtomic(path.join(aside, runFiles.process), { ...holder, attempt: 1 });
      }
      const { configPath } = content;
      const configFromRuns = configPath === null ? undefined : fromRunsFolder(this.folder, configPath);
      for (;;) {
        const createdAt = nextMoment();
        const id = ownId ?? newId(createdAt, content.methods);
        writeJsonAtomic(path.join(aside, runFiles.record), {
          version: 1,
          id,
          createdAt: createdAt.toISOString(),
          ...content,
          configFromRuns,
        });
        if (holder === undefined) writeTicket(aside, this.folder, id, 1);
        const folder = path.join(this.folder, id);
        if (renameUnlessTaken(aside, folder)) return { id, folder };
        if (ownId !== undefined) throw new RunError('busy', `${id}: already exists; another process has just made it`);
      }
    } catch (error) {
      if (existsSync(aside)) rmSync(aside, { recursive: true });
      if (error instanceof RunError) throw error;
      throw new RunError('not-writable', `${this.folder}: ${writeFailure(error, 'start again')}`, { cause: error });
    }
  }

  /** Puts a run that nobody works on into the queue, to go on from its last checkpoint. @throws RunError `not-writable` */
  requeue(folder: string): void {
    writeTicket(folder, this.folder, path.basename(folder), nextAttempt(folder));
  }

  /** All runs with their states. A folder that cannot be read is told apart and spoils no other. */
  async list(): Promise<RunList> {
    const folders = runFolders(readFolder(this.folder)).map((id) => path.join(this.folder, id));
    const read = await readRuns(folders, this.#records);
    const runs = read.flatMap((run) => (run.kind === 'run' ? [run.entry] : []));
    const unreadable = read.flatMap((run) =>
      run.kind === 'unreadable' ? [{ ...run, id: path.basename(run.folder) }] : [],
    );
    return { runs: runs.sort((a, b) => (a.id < b.id ? -1 : 1)), unreadable };
  }

  /** One run. @throws RunError `not-found`, `unreadable` */
  async read(folder: string): Promise<RunEntry> {
    const run = (await this.readAll([folder]))[0]!;
    if (run.kind === 'unreadable') throw new RunError('unreadable', `${run.folder}: ${run.problem}`);
    return run.entry;
  }

  /** Runs of which the folders are known, in their order. One that cannot be read is told apart and spoils no other. */
  readAll(folders: readonly string[]): Promise<readonly ReadRun[]> {
    return readRuns(folders, this.#records);
  }

  /**
   * The folder of the run that `name` means: a path, an id, a part of one id that no other has, or `last`. Copies of runs that
   * lie beside them are meant by their whole names alone.
   * @throws RunError `not-found`, `ambiguous`
   */
  resolve(name: string): string {
    if (existsSync(path.join(name, runFiles.record))) return path.resolve(name);
    const ids = runFolders(readFolder(this.folder)).sort();
    const isOwn = (id: string): boolean => !isCopy(path.join(this.folder, id));
    const last = name === 'last' ? ids.findLast(isOwn) : undefined;
    if (last !== undefined) return path.join(this.folder, last);
    const alike = namesLike(name, ids);
    if (alike.length === 0) alike.push(...this.#renamed(name, ids));
    const own = alike.length > 1 ? alike.filter(isOwn) : [];
    const matches = own.length > 0 ? own : alike;
    if (matches.length === 1) return path.join(this.folder, matches[0]!);
    if (matches.length > 1) {
      const shown = firstFew(matches, 5, (id) => id);
      throw new RunError('ambiguous', `run ${name}: must name one run, matches ${shown}; give more of its name`);
    }
    const cure = ids.length === 0 ? 'there are none; look elsewhere with --runs' : 'list them with `peft-lab runs`';
    throw new RunError('not-found', `run ${name}: no such run in ${this.folder}; ${cure}`);
  }

  /** Folders whose names have been changed, by the ids that lists tell of their runs. */
  #renamed(name: string, folders: readonly string[]): string[] {
    const byId = new Map<string, string>();
    for (const folder of folders) byId.set(idIn(path.join(this.folder, folder)) ?? folder, folder);
    return namesLike(name, [...byId.keys()]).map((id) => byId.get(id)!);
  }

  /**
   * Deletes a run.
   * @param discard takes the folder away. Default: for good.
   * @throws RunError `protected`, or `state` while it runs
   */
  async delete(folder: string, discard: (folder: string) => PromiseLike<void> = removeForGood): Promise<void> {
    const id = path.basename(folder);
    if (readNotes(folder).protected) {
      throw new RunError('protected', `${id}: is protected; remove its protection before deleting it`);
    }
    const { state } = await this.read(folder);
    if (state === 'running') throw new RunError('state', `${id}: is running; stop it before deleting it`);
    await discard(folder);
    this.#records.delete(folder);
  }
}

/** Renamed aside first, so that no reader sees half of a run. @throws RunError `not-writable` */
async function removeForGood(folder: string): Promise<void> {
  const aside = path.join(path.dirname(folder), deletedPrefix + randomBytes(6).toString('hex'));
  try {
    await rename(folder, aside);
  } catch (error) {
    throw new RunError('not-writable', `${folder}: ${writeFailure(error, 'delete it again')}`, { cause: error });
  }
  await rm(aside, { recursive: true, force: true });
}

/** `run.json` of one folder. @throws RunError */
export function readRunRecord(folder: string): RunRecord {
  const read = readRecordFile(folder);
  if (read.kind === 'ok') return read.value;
  if (read.kind === 'missing')
    throw new RunError('not-found', `${folder}: is not a run folder: it has no ${runFiles.record}`);
  throw new RunError('unreadable', `${folder}: ${read.problem}`);
}

/** A whole name, or those that it is a part of. */
const namesLike = (name: string, all: readonly string[]): string[] =>
  all.includes(name) ? [name] : all.filter((one) => name !== '' && one.includes(name));

/** The id in a run's record; undefined where that cannot be read, which whoever reads it is told. */
function idIn(folder: string): string | undefined {
  try {
    return readRunRecord(folder).id;
  } catch {
    return undefined;
  }
}

/** Whether a folder holds a run of which another folder beside it has the name. */
function isCopy(folder: string): boolean {
  const id = idIn(folder);
  return id !== undefined && isCopyOf(id, folder);
}

/**
 * Makes a runs folder, or a folder in it. Weights are no part of what people commit: a folder `.peft-lab` that has to be made
 * for it keeps itself out of git.
 * @throws the system's error
 */
export function makeInRunsFolder(runsFolder: string, folder = runsFolder): void {
  const firstMade = makeFolder(folder);
  if (firstMade === undefined) return;
  const own = path.dirname(runsFolder);
  const isNew = own === firstMade || own.startsWith(firstMade + path.sep);
  if (path.basename(own) !== path.dirname(defaultRunsFolder) || !isNew) return;
  try {
    writeFileSync(path.join(own, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    // Another process has just made it.
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

let lastMoment = 0;

/** Now, but never twice the same: runs of one process sort in the order in which they were created. */
function nextMoment(): Date {
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  return new Date(lastMoment);
}

function renameUnlessTaken(from: string, to: string): boolean {
  if (existsSync(to)) return false;
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY', 'EEXIST') || (isCode(error, 'EPERM') && existsSync(to))) return false;
    throw error;
  }
}

const runFolders = (entries: readonly { name: string; isDirectory(): boolean }[]): string[] =>
  entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    const got = errorCode(error) ?? String(error);
    throw new RunError('unreadable', `${folder}: runs cannot be read, got ${got}; choose another folder for them`, {
      cause: error,
    });
  }
}

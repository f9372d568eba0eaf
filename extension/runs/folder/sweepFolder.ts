import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type SweepRecord, type SweepVerdict, sweepFiles, sweepRecord, sweepVerdict } from '../../contract/sweep.ts';
import { readJsonFile, writeFileAtomic, writeJsonAtomic } from '../../files/atomicFile.ts';
import { errorCode, isCode, writeFailure } from '../../files/failure.ts';
import { FileRefusal, sizeLimits } from '../../files/guardedFile.ts';
import { isSamePlace } from '../../files/samePlace.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { RunError } from '../runErrors.ts';
import { newId } from './newId.ts';
import { fromRunsFolder, readRecord, recordedPath } from './recordedPath.ts';
import type { RunEntry } from './runEntry.ts';
import { makeInRunsFolder } from './store.ts';

/** Where the sweeps of a runs folder lie: begun by a dot, so that no list of runs takes them for one. */
const sweepsFolder = '.sweeps';

const folderOf = (runsFolder: string): string => path.join(path.resolve(runsFolder), sweepsFolder);

/** The runs folder that a sweep's folder lies in. */
export const runsFolderOf = (sweepFolder: string): string => path.resolve(sweepFolder, '..', '..');

/** Folder of the sweep's run of an index: whoever makes it first makes the only one. */
export const variantRunId = (sweepId: string, index: number): string => `${sweepId}-${String(index).padStart(4, '0')}`;

/**
 * Makes a sweep's folder, aside and then in place.
 * @returns its folder
 * @throws RunError `not-writable`
 */
export function createSweep(runsFolder: string, content: Omit<SweepRecord, 'version' | 'id' | 'createdAt'>): string {
  const folder = folderOf(runsFolder);
  const aside = path.join(folder, `.new-${randomBytes(6).toString('hex')}`);
  try {
    makeInRunsFolder(path.resolve(runsFolder), aside);
    const createdAt = new Date();
    const id = newId(createdAt, path.basename(content.path).replace(/\.sweep\.ya?ml$|\.ya?ml$/, ''));
    writeJsonAtomic(path.join(aside, sweepFiles.record), {
      version: 1,
      id,
      createdAt: createdAt.toISOString(),
      ...content,
      pathFromRuns: fromRunsFolder(path.resolve(runsFolder), content.path),
    });
    renameSync(aside, path.join(folder, id));
    return path.join(folder, id);
  } catch (error) {
    if (existsSync(aside)) rmSync(aside, { recursive: true });
    throw new RunError('not-writable', `${folder}: ${writeFailure(error, 'start the sweep again')}`, { cause: error });
  }
}

/** `sweep.json` of one folder, its path where that is now. @throws RunError */
export function readSweepRecord(folder: string): SweepRecord {
  const read = readRecord(path.join(folder, sweepFiles.record), sweepRecord);
  if (read.kind === 'ok') {
    const { path: recorded, pathFromRuns } = read.value;
    return { ...read.value, path: recordedPath(runsFolderOf(folder), recorded, pathFromRuns) };
  }
  if (read.kind === 'missing')
    throw new RunError('not-found', `${folder}: is not a sweep: it has no ${sweepFiles.record}`);
  throw new RunError('unreadable', `${folder}: ${read.problem}`);
}

/** Whether a runs folder holds the sweep of an id. */
export const isSweepIn = (runsFolder: string, id: string): boolean =>
  existsSync(path.join(folderOf(runsFolder), id, sweepFiles.record));

/** Folders of all sweeps, the oldest first. */
export function sweepFolders(runsFolder: string): readonly string[] {
  const folder = folderOf(runsFolder);
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    return names.map(({ name }) => path.join(folder, name)).sort();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw new RunError('unreadable', `${folder}: sweeps cannot be read, got ${String(error)}`, { cause: error });
  }
}

/** The newest sweep whose record fits. One that cannot be read fits nothing, and keeps no other from being found. */
export function lastSweep(runsFolder: string, fits: (record: SweepRecord) => boolean): string | undefined {
  return sweepFolders(runsFolder).findLast((folder) => {
    try {
      return fits(readSweepRecord(folder));
    } catch (error) {
      if (error instanceof RunError || error instanceof FileRefusal || errorCode(error) !== undefined) return false;
      throw error;
    }
  });
}

/**
 * The sweep that `name` means: an id, a part of one id that no other has, `last`, or a file: what was last started from it.
 * @throws RunError `not-found`, `ambiguous`
 */
export function resolveSweep(runsFolder: string, name: string): string {
  if (/\.ya?ml$/i.test(name)) {
    const started = lastSweep(runsFolder, (record) => isSamePlace(record.path, name));
    if (started !== undefined) return started;
    throw new RunError(
      'not-found',
      `${name}: must have been started to be looked at, got no sweep of it in ${path.resolve(runsFolder)}; start it with \`peft-lab sweep start ${name}\``,
    );
  }
  const folders = sweepFolders(runsFolder);
  const last = folders.at(-1);
  if (name === 'last' && last !== undefined) return last;
  const matches = folders.filter((folder) => name !== '' && path.basename(folder).includes(name));
  const exact = matches.find((folder) => path.basename(folder) === name);
  if (exact !== undefined) return exact;
  if (matches.length === 1) return matches[0]!;
  if (matches.length > 1) {
    const shown = firstFew(matches, 5, (folder) => path.basename(folder));
    throw new RunError('ambiguous', `sweep ${name}: must name one sweep, matches ${shown}; give more of its name`);
  }
  const cure =
    folders.length === 0 ? 'start one with `peft-lab sweep start FILE`' : 'list them with `peft-lab sweep status`';
  throw new RunError('not-found', `sweep ${name}: no such sweep in ${path.resolve(runsFolder)}; ${cure}`);
}

type JudgedRuns = Iterable<Pick<RunEntry, 'record' | 'state' | 'summary'>>;

/** What was shown by a sweep that is whole; undefined for one that is not, and where its result runs are others by now. */
export function readVerdict(folder: string, runs: JudgedRuns): readonly string[] | undefined {
  const read = readJsonFile(path.join(folder, sweepFiles.verdict), sweepVerdict, sizeLimits.runFile);
  if (read.kind !== 'ok') return undefined;
  const { sentences, runs: judged } = read.value;
  return judged === undefined || isDeepStrictEqual(judged, endsOf(runs)) ? sentences : undefined;
}

export const writeVerdict = (folder: string, sentences: readonly string[], runs: JudgedRuns): void =>
  writeJsonAtomic(path.join(folder, sweepFiles.verdict), {
    sentences: [...sentences],
    runs: endsOf(runs),
  } satisfies SweepVerdict);

/** When each result run ended that has finished: one that goes on, or is done again, ends at another time. */
const endsOf = (runs: JudgedRuns): NonNullable<SweepVerdict['runs']> =>
  Object.fromEntries(
    [...runs].flatMap(({ record: { sweep }, state, summary }) =>
      sweep?.stage === 'results' && state === 'finished' ? [[String(sweep.index), summary.endedAt ?? '']] : [],
    ),
  );

/** Asks whoever runs the sweep to start no further run. */
export const askSweepToStop = (folder: string): void => writeFileAtomic(path.join(folder, sweepFiles.stop), '', false);

export const isSweepAskedToStop = (folder: string): boolean => existsSync(path.join(folder, sweepFiles.stop));

export const clearSweepStop = (folder: string): void => rmSync(path.join(folder, sweepFiles.stop), { force: true });

import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type RunRecord, runFiles, runRecord } from '../../contract/run.ts';
import { type JsonFile, readJsonFile } from '../../files/atomicFile.ts';
import { sizeLimits } from '../../files/guardedFile.ts';

/** How a file is reached from a runs folder, written alike on every system. */
export const fromRunsFolder = (runsFolder: string, file: string): string =>
  path.relative(runsFolder, file).split(path.sep).join('/');

/**
 * Where a file lies now that a record names. A project that is renamed, moved or copied takes its runs folder along: what lies as it
 * did from there is meant, and the place on record only where nothing does.
 * @param way from the runs folder; records of 0.2.0 have none
 */
export function recordedPath(runsFolder: string, recorded: string, way: string | undefined): string {
  const now = way === undefined ? recorded : path.resolve(runsFolder, way);
  return now !== recorded && existsSync(now) ? now : recorded;
}

/** What a record of a run or a sweep says of who wrote it, whatever else it holds. */
const madeBy = z.object({ codeVersion: z.string() });

/** A record of a run or a sweep; of one that cannot be read, a clause that says why. Those of 0.1.0 held less, and are not read. */
export function readRecord<T extends z.infer<typeof madeBy>>(file: string, schema: z.ZodType<T>): JsonFile<T> {
  const read = readJsonFile(file, schema, sizeLimits.runRecord);
  if (read.kind === 'missing') return read;
  const made = read.kind === 'ok' ? read : readJsonFile(file, madeBy, sizeLimits.runRecord);
  if (made.kind === 'ok' && made.value.codeVersion.startsWith('0.1.')) {
    const problem = `was made by ${made.value.codeVersion}, and this version reads runs and sweeps since 0.2.0; look at it with that one, or delete it`;
    return { kind: 'bad', problem };
  }
  if (read.kind === 'ok') return read;
  return { kind: 'bad', problem: `${path.basename(file)} is not of version 1 of this program (${read.problem})` };
}

/** `run.json` of one folder, its paths where they are now. */
export function readRecordFile(folder: string): JsonFile<RunRecord> {
  const read = readRecord(path.join(folder, runFiles.record), runRecord);
  if (read.kind !== 'ok' || read.value.configPath === null) return read;
  const { configPath: recorded, configFromRuns } = read.value;
  const configPath = recordedPath(path.dirname(path.resolve(folder)), recorded, configFromRuns);
  return configPath === recorded
    ? read
    : { kind: 'ok', value: { ...read.value, configPath, baseFolder: path.dirname(configPath) } };
}

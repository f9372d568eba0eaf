import { existsSync } from 'node:fs';
import path from 'node:path';
import { type RunRecord, runFiles, runRecord } from '../../contract/run.ts';
import { type JsonFile, readJsonFile } from '../../files/atomicFile.ts';
import { sizeLimits } from '../../files/guardedFile.ts';

/** How a file is reached from a runs folder, written alike on every system. */
export const fromRunsFolder = (runsFolder: string, file: string): string =>
  path.relative(runsFolder, file).split(path.sep).join('/');

/**
 * Where a file lies now that a record names. A project that is renamed, moved or copied takes its runs folder along: what lies as it
 * did from there is meant, and the place on record only where nothing does.
 * @param way from the runs folder; records of old have none
 */
export function recordedPath(runsFolder: string, recorded: string, way: string | undefined): string {
  const now = way === undefined ? recorded : path.resolve(runsFolder, way);
  return now !== recorded && existsSync(now) ? now : recorded;
}

/** `run.json` of one folder, its paths where they are now. */
export function readRecordFile(folder: string): JsonFile<RunRecord> {
  const read = readJsonFile(path.join(folder, runFiles.record), runRecord, sizeLimits.runRecord);
  if (read.kind !== 'ok' || read.value.configPath === null) return read;
  const { configPath: recorded, configFromRuns } = read.value;
  const configPath = recordedPath(path.dirname(path.resolve(folder)), recorded, configFromRuns);
  return configPath === recorded
    ? read
    : { kind: 'ok', value: { ...read.value, configPath, baseFolder: path.dirname(configPath) } };
}

import path from 'node:path';
import { type RunUnit, runFiles, runUnit } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { RunError } from '../runErrors.ts';

/** The unit in which a run learns numbers; undefined before it has one, and where it learns none. @throws RunError */
export function readUnit(folder: string): RunUnit | undefined {
  const file = path.join(folder, runFiles.unit);
  const read = readJsonFile(file, runUnit);
  if (read.kind === 'bad') {
    const cure = 'put back a copy of it, or delete it where the run has no checkpoint yet';
    throw new RunError('unreadable', `${file}: must have a mean and a deviation above 0, got ${read.problem}; ${cure}`);
  }
  return read.kind === 'ok' ? read.value : undefined;
}

/** Keeps the unit for all attempts of a run. */
export const keepUnit = (folder: string, unit: RunUnit): void =>
  writeJsonAtomic(path.join(folder, runFiles.unit), unit);

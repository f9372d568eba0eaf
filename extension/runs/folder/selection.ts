import path from 'node:path';
import { type RunSelection, runFiles, runSelection } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { RunError } from '../runErrors.ts';

/** Which tensors a run has chosen to tune; undefined before it has, and where it has nothing to choose. @throws RunError */
export function readSelection(folder: string): RunSelection | undefined {
  const file = path.join(folder, runFiles.selection);
  const read = readJsonFile(file, runSelection);
  if (read.kind === 'bad') {
    const cure = 'put back a copy of it, or delete it where the run has no checkpoint yet';
    throw new RunError('unreadable', `${file}: must say which tensors were chosen, got ${read.problem}; ${cure}`);
  }
  return read.kind === 'ok' ? read.value : undefined;
}

/** Keeps what a run has chosen, for all of its attempts. */
export const keepSelection = (folder: string, selection: RunSelection): void =>
  writeJsonAtomic(path.join(folder, runFiles.selection), selection);

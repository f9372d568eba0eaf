import path from 'node:path';
import { type RunNotes, runFiles, runNotes } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { writeFailure } from '../../files/failure.ts';
import { RunError } from '../runErrors.ts';

/** What people said about a run. @throws RunError when the file is there but is not one of ours. */
export function readNotes(folder: string): RunNotes {
  const file = path.join(folder, runFiles.notes);
  const read = readJsonFile(file, runNotes);
  if (read.kind === 'bad') {
    throw new RunError('unreadable', `${file}: must be the notes of a run, got ${read.problem}; fix or delete it`);
  }
  return read.kind === 'ok' ? read.value : runNotes.parse({});
}

/**
 * Changes some of the notes and returns them all; the file is replaced in one step.
 * @throws RunError `not-writable`, `unreadable`
 */
export function updateNotes(folder: string, changes: Partial<RunNotes>): RunNotes {
  const notes = { ...readNotes(folder), ...changes };
  const file = path.join(folder, runFiles.notes);
  try {
    writeJsonAtomic(file, notes);
  } catch (error) {
    throw new RunError('not-writable', `${file}: ${writeFailure(error, 'change it again')}`, { cause: error });
  }
  return notes;
}

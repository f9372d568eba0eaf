import { existsSync } from 'node:fs';
import path from 'node:path';
import { runFiles } from '../../../contract/run.ts';

/** Where runs lie unless told otherwise, and all else that this program keeps beside configs. */
const ownFolder = '.peft-lab';

/**
 * Whether runs write a file: it lies in the folder of this program, or in that of a run or a sweep.
 * @param runsFolders where the runs of this window lie; a folder of theirs may hold configs and data too
 */
export function isOfRuns(file: string, runsFolders: () => readonly string[]): boolean {
  if (file.split(path.sep).includes(ownFolder)) return true;
  return runsFolders().some((folder) => {
    const [first = '', ...below] = path.relative(folder, file).split(path.sep);
    if (first === '' || first === '..') return false;
    return first.startsWith('.') || (below.length > 0 && existsSync(path.join(folder, first, runFiles.record)));
  });
}

import { rmSync } from 'node:fs';
import path from 'node:path';
import { runFiles, stopRequest } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { isCode } from '../../files/failure.ts';
import { FileRefusal } from '../../files/guardedFile.ts';

/** Asks the worker of a run to stop; it looks between steps. The same on every system. */
export function requestStop(folder: string): void {
  writeJsonAtomic(path.join(folder, runFiles.control), { request: 'stop', id: 'stop' }, false);
}

/** Whether the worker of a run is asked to stop; what is no file of ours asks for nothing. */
export function isStopRequested(folder: string): boolean {
  try {
    return readJsonFile(path.join(folder, runFiles.control), stopRequest).kind === 'ok';
  } catch (error) {
    // EPERM and EBUSY: on Windows a file that is just being replaced.
    if (error instanceof FileRefusal || isCode(error, 'EPERM', 'EBUSY', 'EACCES')) return false;
    throw error;
  }
}

export function clearStopRequest(folder: string): void {
  rmSync(path.join(folder, runFiles.control), { force: true });
}

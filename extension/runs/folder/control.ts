import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { type ControlRequest, controlRequest, runFiles } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { isCode } from '../../files/failure.ts';
import { FileRefusal } from '../../files/guardedFile.ts';

/** Asks the worker of a run for something; it looks between steps. The same on every system. */
export function requestControl(folder: string, request: ControlRequest['request']): void {
  writeJsonAtomic(path.join(folder, runFiles.control), { request, id: randomBytes(6).toString('hex') }, false);
}

/** The standing request, or undefined: none, or not one of ours. */
export function readControl(folder: string): ControlRequest | undefined {
  try {
    const read = readJsonFile(path.join(folder, runFiles.control), controlRequest);
    return read.kind === 'ok' ? read.value : undefined;
  } catch (error) {
    // EPERM and EBUSY: on Windows a file that is just being replaced.
    if (error instanceof FileRefusal || isCode(error, 'EPERM', 'EBUSY', 'EACCES')) return undefined;
    throw error;
  }
}

export function clearControl(folder: string): void {
  rmSync(path.join(folder, runFiles.control), { force: true });
}

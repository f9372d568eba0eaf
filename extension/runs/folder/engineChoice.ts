import path from 'node:path';
import { type BaseIdentity, type EngineChoice, engineChoice, type RunRecord, runFiles } from '../../contract/run.ts';
import { readJsonFile, writeJsonAtomic } from '../../files/atomicFile.ts';
import { RunError } from '../runErrors.ts';

/** The engine that a resumed run was told to go on with; empty where it keeps its own. @throws RunError */
export function readEngineChoice(folder: string): EngineChoice {
  const file = path.join(folder, runFiles.engine);
  const read = readJsonFile(file, engineChoice);
  if (read.kind === 'bad') {
    throw new RunError('unreadable', `${file}: must name executor and device, got ${read.problem}; delete it`);
  }
  return read.kind === 'ok' ? read.value : {};
}

/** Has every later attempt of a run go on with another engine; what is not named stays as it was. */
export function chooseEngine(folder: string, choice: EngineChoice): void {
  writeJsonAtomic(path.join(folder, runFiles.engine), { ...readEngineChoice(folder), ...choice });
}

/** The base model that a run is on: a resumed one may go on with another. @throws RunError */
export const baseOf = (folder: string, record: Pick<RunRecord, 'base'>): BaseIdentity =>
  readEngineChoice(folder).base ?? record.base;

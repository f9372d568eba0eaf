import path from 'node:path';
import { type JudgedSplit, type RowOutcomesFile, rowOutcomesFile } from '../../contract/rowOutcomes.ts';
import { type JsonFile, readJsonFile, writeFileAtomic } from '../../files/atomicFile.ts';
import { sizeLimits } from '../../files/guardedFile.ts';

const fileOf = (folder: string, split: JudgedSplit): string => path.join(folder, `outcomes-${split}.json`);

/** Replaces what is kept of a split's rows. @throws the system's error */
export const writeRowOutcomes = (folder: string, outcomes: Omit<RowOutcomesFile, 'version'>): void =>
  writeFileAtomic(fileOf(folder, outcomes.split), `${JSON.stringify({ version: 1, ...outcomes })}\n`);

/** What is kept of a split's rows; runs of 0.1.0 kept nothing. @throws FileRefusal when it is no file, or too large */
export const readRowOutcomes = (folder: string, split: JudgedSplit): JsonFile<RowOutcomesFile> =>
  readJsonFile(fileOf(folder, split), rowOutcomesFile, sizeLimits.rowOutcomes);

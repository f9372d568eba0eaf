import { closeSync, existsSync } from 'node:fs';
import path from 'node:path';
import { startFailure } from '../../files/failure.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { openForAppending } from '../../files/ownFile.ts';
import { Child } from '../../processes/child.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../folder/runEntry.ts';
import { RunError } from '../runErrors.ts';

/**
 * For each of so many processes at a time, in the words of CUDA, the one GPU that it may use, of those that this one may.
 * @throws RunError where there are not as many
 */
export function gpuOfEach(
  processes: number,
  gpus: number,
  given = process.env.CUDA_VISIBLE_DEVICES,
): readonly NodeJS.ProcessEnv[] {
  if (gpus === 0) return Array.from({ length: processes }, () => ({}));
  const names = given?.split(',').filter((name) => name.trim() !== '');
  if (names !== undefined && names.length < gpus)
    throw new RunError(
      'state',
      `gpus: must be at most the ${names.length} that CUDA_VISIBLE_DEVICES gives, got ${gpus}; lower it, or unset that`,
    );
  return Array.from({ length: processes }, (_, slot) => ({
    CUDA_VISIBLE_DEVICES: names?.[slot % gpus]?.trim() ?? String(slot % gpus),
  }));
}

/** Where a run's processes work: the folder its paths start from, unless that is gone; the run then says so itself. */
export const workingFolder = ({ record, folder }: Pick<RunEntry, 'record' | 'folder'>): string =>
  existsSync(record.baseFolder) ? record.baseFolder : folder;

/**
 * Starts the trainer on its own, with its output in a file, so that nothing that happens to this process touches it.
 * @returns its pid
 * @throws RunError when it cannot be started.
 */
export async function spawnDetached(
  trainer: TrainerProgram,
  words: readonly string[],
  options: { readonly logFile: string; readonly folder: string },
): Promise<number> {
  makeFolder(path.dirname(options.logFile));
  const log = openForAppending(options.logFile);
  const child = new Child({ ...trainerCommand(trainer, words), folder: options.folder }, { outputFiles: [log, log] });
  closeSync(log);
  child.leave();
  if (child.pid !== undefined) return child.pid;
  const cause = (await child.exit).startError;
  throw new RunError(
    'state',
    `${trainer.node}: the trainer could not be started, got ${startFailure(cause)}; check this Node`,
    { cause },
  );
}

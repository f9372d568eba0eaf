import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { startFailure } from '../../files/failure.ts';
import { openForAppending } from '../../files/ownFile.ts';
import type { RunEntry } from '../folder/runEntry.ts';
import { RunError } from '../runErrors.ts';

/** How to start the trainer: which Node, which bundle. */
export interface TrainerProgram {
  readonly node: string;
  /** Options of Node itself and the bundle's path. */
  readonly nodeArguments: readonly string[];
}

/** The trainer that this process is itself running. */
export const runningTrainer = (): TrainerProgram => ({
  node: process.execPath,
  nodeArguments: [...process.execArgv, process.argv[1]!],
});

/** VS Code's own binary is a Node only when told so. */
export const nodeEnvironment = (): NodeJS.ProcessEnv =>
  process.versions.electron === undefined ? process.env : { ...process.env, ELECTRON_RUN_AS_NODE: '1' };

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

/** Whether the bundle is still where it was: an update may have taken it away under a running trainer. */
export const isInstalled = (trainer: TrainerProgram): boolean => existsSync(trainer.nodeArguments.at(-1)!);

/** Where a run's processes work: the folder its paths start from, unless that is gone; the run then says so itself. */
export const workingFolder = ({ record, folder }: Pick<RunEntry, 'record' | 'folder'>): string =>
  existsSync(record.baseFolder) ? record.baseFolder : folder;

/**
 * A process as it was started, with its pipes: where too many files are open, Node leaves them out.
 * @throws RunError
 */
export function withPipes<Child extends ChildProcess>(child: Child, program: string): Child {
  if ((child.stdio as unknown) !== undefined) return child;
  // It comes later, and says no more.
  child.once('error', () => {});
  const full = startFailure(Object.assign(new Error(), { code: 'EMFILE' }));
  throw new RunError('state', `${program}: could not be started, got: ${full}`);
}

/**
 * Starts the trainer on its own, with its output in a file, so that nothing that happens to this process touches it.
 * @returns its pid
 * @throws RunError when it cannot be started.
 */
export async function spawnDetached(
  trainer: TrainerProgram,
  commandArguments: readonly string[],
  options: { readonly logFile: string; readonly folder: string },
): Promise<number> {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = openForAppending(options.logFile);
  try {
    const child = spawn(trainer.node, [...trainer.nodeArguments, ...commandArguments], {
      cwd: options.folder,
      detached: true,
      env: nodeEnvironment(),
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child.pid!;
  } catch (error) {
    throw new RunError(
      'state',
      `${trainer.node}: the trainer could not be started, got ${startFailure(error)}; check this Node`,
      {
        cause: error,
      },
    );
  } finally {
    closeSync(log);
  }
}

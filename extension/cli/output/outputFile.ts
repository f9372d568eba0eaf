import { accessSync, constants, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../problems/userError.ts';
import { readRunRecord } from '../../runs/folder/store.ts';

/** The option of commands that write a file where they are told to. */
export const forceOption = ['--force', 'overwrite an existing file'] as const;

export interface ForceOption {
  readonly force?: boolean;
}

/**
 * The file that a command is to write, told before any work is done.
 * @param inputs files and folders that the command reads: none of them is ever written over
 * @throws UserError when the file is one of them, or is there already and `--force` was not given
 */
export function outputFile(out: string, inputs: readonly string[], { force }: ForceOption): string {
  const file = path.resolve(out);
  demandFolder(path.dirname(file), out);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return file;
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile())
    throw new UserError(`--out: must be a file, got ${out}, which is none; name another`, 'usage');
  const same = (input: string): boolean => {
    const stats = statSync(input, { throwIfNoEntry: false });
    return there !== undefined && stats?.ino === there.ino && stats.dev === there.dev;
  };
  if (inputs.flatMap(filesIn).some(same)) {
    throw new UserError(`--out: must not be what the command reads, got ${out}; name another file`, 'usage');
  }
  if (force) return file;
  throw new UserError(
    `--out: must be a new file, got ${out}, which is there already; name another, or add --force`,
    'usage',
  );
}

/** The same for a command that writes JSON lines: not into a file that other programs would read as a table. */
export function linesFile(out: string, inputs: readonly string[], options: ForceOption): string {
  const file = outputFile(out, inputs, options);
  if (!/\.(csv|tsv|xlsx?|parquet)$/i.test(out)) return file;
  throw new UserError(`--out: must be a file for JSON lines, got ${out}; name it .jsonl`, 'usage');
}

/** @throws UserError where a file cannot be made in a folder */
function demandFolder(folder: string, out: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (!there?.isDirectory())
    throw new UserError(`--out: must lie in a folder that is there, got ${out}; make ${folder} first`, 'usage');
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new UserError(`--out: must lie in a folder that can be written to, got ${out}; name another`, 'usage');
  }
}

/** What commands about a run read: its folder, and the files of its model where that is a folder. */
export function inputsOfRun(folder: string): readonly string[] {
  const { baseFolder, model } = readRunRecord(folder);
  return [folder, ...filesOfModel(path.resolve(baseFolder, model))];
}

/** The files of a model where that is a folder. */
export function filesOfModel(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return files.map(({ name }) => path.join(folder, name));
}

const filesIn = (input: string): readonly string[] =>
  statSync(input, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(input, { recursive: true, encoding: 'utf8' }).map((name) => path.join(input, name))
    : [input];

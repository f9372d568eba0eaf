import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../files/failure.ts';
import { asideOf } from '../files/leftovers.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { firstFew } from '../problems/firstFew.ts';
import { UserError } from '../problems/userError.ts';

export interface ExportReport {
  readonly files: readonly string[];
  /** The result of reloading and comparing, in one sentence. */
  readonly verified: string;
}

/**
 * Writes a folder aside and puts it in place when that has gone well.
 * @param out a folder that is empty or does not exist
 * @param write writes into the folder that it is given and says what it compared
 * @throws UserError for a folder that is in use or cannot be made
 */
export async function exportFolder(out: string, write: (aside: string) => Promise<string>): Promise<ExportReport> {
  await demandEmpty(out);
  const aside = asideOf(out);
  try {
    makeFolder(dirname(aside));
  } catch (error) {
    throw wrongFolder(out, `must be a folder that can be made, got ${errorCode(error)}; choose another`, error);
  }
  try {
    const verified = await write(aside);
    await rmdir(out).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
    await rename(aside, out);
    return { files: (await readdir(out)).sort().map((file) => join(out, file)), verified };
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function demandEmpty(out: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    const problem = errorCode(error) === 'ENOTDIR' ? 'is a file' : (error as Error).message;
    throw wrongFolder(out, `must be an empty folder or none, got: ${problem}; choose another`, error);
  }
  if (names.length > 0) {
    throw wrongFolder(out, `must be empty, got ${firstFew(names, 3)}; choose another folder or remove it`);
  }
}

const wrongFolder = (out: string, problem: string, cause?: unknown): UserError =>
  new UserError(`${out}: ${problem}`, 'usage', { cause });

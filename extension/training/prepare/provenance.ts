import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

export const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The commit that is checked out where the config lies; null outside a repository, or without git. */
export async function gitCommit(folder: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder });
    return stdout.trim();
  } catch {
    // Neither git nor a repository is needed: the record then says that there was none.
    return null;
  }
}

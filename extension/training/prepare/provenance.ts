import { createHash } from 'node:crypto';
import { runCommand } from '../../processes/runCommand.ts';

/** A repository on a slow disk. */
const gitMs = 60_000;

export const hashText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The commit that is checked out where the config lies; null outside a repository, or without git. */
export async function gitCommit(folder: string): Promise<string | null> {
  const git = { program: 'git', arguments: ['rev-parse', 'HEAD'], folder };
  const { code, stdout } = await runCommand(git, gitMs);
  // Neither git nor a repository is needed: the record then says that there was none.
  return code === 0 ? stdout.trim() : null;
}

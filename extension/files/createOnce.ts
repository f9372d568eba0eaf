import { randomBytes } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode, isCode } from './failure.ts';

/** What file systems without hard links answer: exFAT, some of FUSE and of networks. */
const noLinks: readonly (string | undefined)[] = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'];

/**
 * Creates a file whole or not at all: written aside, then linked. Where links are not to be had, created, then written: who looks at
 * once may find it empty.
 * @returns whether it was not there before; of several who try, one is told so
 */
export function createOnce(file: string, text: string, mode?: number): boolean {
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  const options = { flag: 'wx', mode };
  try {
    writeFileSync(aside, text, options);
    try {
      linkSync(aside, file);
    } catch (error) {
      if (!noLinks.includes(errorCode(error))) throw error;
      writeFileSync(file, text, options);
    }
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

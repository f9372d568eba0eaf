import { messageOf } from '../problems/messageOf.ts';
import { FileRefusal } from './guardedFile.ts';

/** A failed write in words, with what to do; `next` is what to do once there is room again. */
export function writeFailure(cause: unknown, next = 'resume the run'): string {
  if (cause instanceof FileRefusal) return `${cause.rule}; ${cause.cure}`;
  const code = errorCode(cause);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk is full (${code}); free some space, then ${next}`;
    case 'EFBIG':
      return `has reached the largest size allowed (EFBIG); raise the limit (\`ulimit -f\`), then ${next}`;
    case 'EMFILE':
    case 'ENFILE':
      return `cannot be opened: too many files are open (${code}); raise the limit (\`ulimit -n 1024\`), then ${next}`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return `cannot be written (${code}); make the folder writable or choose another with --runs, or in VS Code with peftLab.runsFolder`;
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ELOOP':
      return `is not a folder: a file or a link is in its way (${code}); choose another with --runs, or in VS Code with peftLab.runsFolder`;
    case 'ENOENT':
      if ((cause as NodeJS.ErrnoException).syscall === 'mkdir') {
        return 'cannot be made, for the system lets nobody make folders there (ENOENT); choose another with --runs, or in VS Code with peftLab.runsFolder';
      }
      return 'the run folder has been deleted or renamed; nothing more can be recorded';
    default:
      return `cannot be written, got ${messageOf(cause)}`;
  }
}

/**
 * The system's code of a failure that lies in the place and not in what was done there: a full disk, one mounted for reading, one that
 * is away, too many open files; `other files` where those that a run began with are not what they were. Whatever is done next there
 * fails alike, and what failed goes on once that is mended.
 */
export function placeFailure(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OtherFiles) return cause.message;
    if (isCode(cause, ...placeCodes) || isAbsent(cause)) return errorCode(cause);
  }
  return undefined;
}

const placeCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EFBIG', 'EMFILE', 'ENFILE', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN'];

/** Whether a file to be read is not there. */
const isAbsent = (error: NodeJS.ErrnoException): boolean =>
  isCode(error, 'ENOENT', 'ENOTDIR') && ['open', 'stat', 'lstat', 'realpath', 'scandir'].includes(error.syscall ?? '');

/** The cause of an error about files that are not what a run began with. */
export class OtherFiles extends Error {
  constructor() {
    super('other files');
  }
}

/**
 * What an error tells people. One that nobody threw on purpose is a fault of this program: what the engine of the language
 * says then is no rule that anyone broke.
 */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const unwritten = fileNotWritten(error);
  if (unwritten !== undefined) return `${unwritten}: ${writeFailure(error, 'try again')}`;
  return /^(TypeError|RangeError|ReferenceError|SyntaxError)$/.test(error.name)
    ? `a fault in PEFT Lab itself (${error.message}); report it with the command and, of a run, its output.log`
    : error.message;
}

/** The file of a system's error that only writing, making or removing it meets, by the name that it was to have. */
function fileNotWritten(error: NodeJS.ErrnoException): string | undefined {
  const isAside = /\.[0-9a-f]{8}\.(tmp|partial)$/;
  const isWriting =
    isAside.test(error.path ?? '') || ['mkdir', 'unlink', 'rename', 'link'].includes(error.syscall ?? '');
  const isUnwritable = isCode(error, 'ENOSPC', 'EDQUOT', 'EROFS') || (isWriting && isCode(error, 'EACCES', 'EPERM'));
  return isUnwritable ? error.path?.replace(isAside, '') : undefined;
}

/** Why a process could not be started, in words. */
export const startFailure = (error: unknown): string =>
  isCode(error, 'EMFILE', 'ENFILE')
    ? `too many files are open (${errorCode(error)}); raise the limit (\`ulimit -n 1024\`)`
    : errorMessage(error);

/** The system's error code (`ENOENT`, …), where the value has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error is the system's, with one of these codes. */
export const isCode = (error: unknown, ...codes: readonly string[]): boolean => codes.includes(errorCode(error) ?? '');

import { FileRefusal } from '../../../files/guardedFile.ts';
import { messageOf } from '../../../problems/messageOf.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';

/** An error of the file system, said as one about data. */
export function unreadable(file: string, error: unknown): DataError {
  const code = (error as NodeJS.ErrnoException).code;
  const message = messageOf(error);
  const cause = { cause: error };
  if (error instanceof FileRefusal) return new DataError({ file }, error.rule, error.cure, cause);
  if (code === 'ENOENT') return new DataError({ file }, 'the file does not exist', 'check the path', cause);
  if (code === 'EISDIR') return new DataError({ file }, 'must be a file, got a folder', 'name a file inside it', cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return new DataError({ file }, 'the file must be readable, got no permission', 'change its permissions', cause);
  }
  return new DataError({ file }, `the file cannot be read (${message})`, 'check the disk and the path', cause);
}

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../../files/failure.ts';
import { CheckpointError } from './checkpointError.ts';

/**
 * Replaces a file in one step that survives a crash or power loss at any moment: written to `<path>.partial`, flushed
 * to the disk, renamed over, and the folder flushed. What a killed writer left aside is removed by the next one, so
 * that nothing piles up; a path must have one writer at a time.
 * @throws CheckpointError when the system refuses (disk full, read-only, …); the file is then as it was.
 */
export async function writeAtomically(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const aside = `${path}.partial`;
  try {
    // By exclusive creation: a link in its place would lead the writing elsewhere.
    await rm(aside, { force: true });
    const file = await open(aside, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await flushFolder(dirname(path));
  } catch (error) {
    // A folder that refuses writing refuses this too; the first error is the one to tell.
    await rm(aside, { force: true }).catch(() => undefined);
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw new CheckpointError(path, refusal(code, error as Error), { cause: error });
  }
}

/** Makes the rename itself durable. Windows cannot open folders, and needs no such call. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refusal(code: string, error: Error): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return `cannot be written, the disk is full (${code}); free some space; an earlier file is intact`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return `cannot be written (${code}); make the folder writable or choose another; an earlier file is intact`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `cannot be written, its folder does not exist (${code}); create it`;
    default:
      return `cannot be written, got ${error.message}; an earlier file is intact`;
  }
}

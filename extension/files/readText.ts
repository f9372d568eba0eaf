import { errorCode } from './failure.ts';
import { FileRefusal, readGuarded } from './guardedFile.ts';

/** A file's text, or why it could not be read. */
export async function readText(
  file: string,
  limitBytes: number,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    return { text: (await readGuarded(file, limitBytes)).toString('utf8') };
  } catch (error) {
    return { problem: whyUnread(error) };
  }
}

/** Why a file could not be read, after its name: `does not exist`. */
export function whyUnread(error: unknown): string {
  if (error instanceof FileRefusal) return error.rule;
  return errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${(error as Error).message})`;
}

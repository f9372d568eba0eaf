import path from 'node:path';
import { counted } from '../../problems/counted.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { notify } from './notify.ts';
import { isLocal, toTrash } from './revealFolder.ts';

/** Takes a folder away; undefined: for good. */
type Discard = ((folder: string) => Promise<void>) | undefined;

/**
 * Deletes folders: into the trash where there is one. Drives of a network and machines without a desktop have none; what it does
 * not take stays, unless a person wants it gone for good.
 * @param remove deletes folders in the way given, each by itself
 */
export async function discardAll(
  folders: readonly string[],
  remove: (folders: readonly string[], discard: Discard) => Promise<void>,
): Promise<void> {
  if (!isLocal()) return await remove(folders, undefined);
  const left: string[] = [];
  let cause = '';
  await remove(folders, async (folder) => {
    try {
      await toTrash(folder);
    } catch (error) {
      left.push(folder);
      cause ||= messageOf(error);
    }
  });
  if (left.length === 0) return;
  const what = left.length === 1 ? `“${path.basename(left[0]!)}”` : counted(left.length, 'folder');
  const why = `The trash does not take ${left.length === 1 ? 'it' : 'them'}: ${cause}`;
  if (await notify.confirm(`Delete ${what} for good?`, why, 'Delete for Good')) await remove(left, undefined);
}

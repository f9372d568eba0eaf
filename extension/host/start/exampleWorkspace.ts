import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, errorMessage } from '../../files/failure.ts';

/** The config that is opened first. */
export const firstExample = 'entities.peft.yaml';

const name = 'peft-lab-examples';
const cure = 'choose another folder';

/**
 * Puts a copy of the example workspace into a folder; one that is there already is taken as it is, with its runs.
 * @param extensionFolder holds `examples`, and is itself no place for a copy: an update of the extension removes it
 * @returns the copy's folder
 * @throws Error that says why nothing could be written there
 */
export async function placeExamples(extensionFolder: string, parent: string): Promise<string> {
  if (isWithin(extensionFolder, parent)) {
    throw new Error(`${parent}: must lie outside the extension, whose updates remove what is in it; ${cure}`);
  }
  if (path.basename(parent).startsWith(name) && isWorkspace(parent)) return parent;
  for (let number = 1; ; number++) {
    const folder = path.join(parent, number === 1 ? name : `${name}-${number}`);
    if (isWorkspace(folder)) return folder;
    if (!existsSync(folder)) return await copyExamples(path.join(extensionFolder, 'examples'), folder);
  }
}

/** Whole or absent: copied aside, then renamed. */
async function copyExamples(source: string, folder: string): Promise<string> {
  if (!isWorkspace(source)) throw new Error(`${source}: is missing; reinstall the extension, then reload the window`);
  const aside = path.join(path.dirname(folder), `.${name}-${randomUUID()}`);
  try {
    // What a person left in the checkout that this extension runs from stays there.
    const filter = (file: string): boolean => !path.relative(source, file).startsWith('.');
    await cp(source, aside, { recursive: true, filter });
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => {});
    throw new Error(`${folder}: cannot be written, got ${errorCode(error) ?? errorMessage(error)}; ${cure}`);
  }
  return folder;
}

const isWorkspace = (folder: string): boolean => existsSync(path.join(folder, firstExample));

function isWithin(outer: string, inner: string): boolean {
  const way = path.relative(path.resolve(outer), path.resolve(inner));
  return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way));
}

import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { FileRefusal } from './guardedFile.ts';
import { makeFolder } from './makeFolder.ts';

/**
 * Writing where anyone may have written before: a link that came with a folder must not lead what we write out of it.
 * Files that are replaced are made anew aside, by exclusive creation, and renamed, which follows no link either.
 */

const appending =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file of a folder of ours at its end, for reading too; made where there is none.
 * @returns a descriptor
 * @throws FileRefusal for a link, or anything but a regular file · the system's error
 */
export function openForAppending(file: string): number {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isSymbolicLink()) throw isLink(file);
  if (there !== undefined && !there.isFile()) throw isNoFile(file);
  const descriptor = openSync(file, appending, 0o666);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw isNoFile(file);
}

/** Makes a folder of ours. @throws FileRefusal where a link stands in its place · the system's error */
export function makeOwnFolder(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) throw isLink(folder);
  makeFolder(folder);
}

const isLink = (file: string): FileRefusal =>
  new FileRefusal(file, 'must not be a link, which would lead writes elsewhere', 'delete the link');

const isNoFile = (file: string): FileRefusal => new FileRefusal(file, 'must be a file', 'delete what is in its place');

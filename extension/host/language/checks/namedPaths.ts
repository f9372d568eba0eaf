import path from 'node:path';
import { isSamePlace } from '../../../files/samePlace.ts';

/** Where each word of a config or sweep would lead, were it a path: files and folders, whether they are there or not. */
export function namedPaths(value: unknown, folder: string): readonly string[] {
  // An empty word is the folder itself to `resolve`.
  if (typeof value === 'string') return value === '' ? [] : [path.resolve(folder, value)];
  return value !== null && typeof value === 'object'
    ? Object.values(value).flatMap((inner) => namedPaths(inner, folder))
    : [];
}

/** Whether a file is one of these paths, or lies in one: the files of a model do. */
export const isNamed = (file: string, paths: readonly string[]): boolean =>
  paths.some((one) => isSamePlace(one, file) || isSamePlace(one, path.dirname(file)));

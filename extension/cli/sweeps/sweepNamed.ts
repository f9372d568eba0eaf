import path from 'node:path';
import type { RunStore } from '../../runs/folder/store.ts';
import { isSweepIn, resolveSweep } from '../../runs/folder/sweepFolder.ts';
import { RunError } from '../../runs/runErrors.ts';

/** Id of the sweep that a name means: its file, or what names it alone. Undefined for a run's name, which `last` is. */
export function sweepNamed(store: RunStore, name: string): string | undefined {
  if (isSweepIn(store.folder, name)) return name;
  const idOf = (): string => path.basename(resolveSweep(store.folder, name));
  if (/\.ya?ml$/i.test(name)) return idOf();
  try {
    store.resolve(name);
    return undefined;
  } catch (error) {
    // A part of a sweep's id is a part of those of all its runs.
    if (!(error instanceof RunError && error.code === 'ambiguous')) throw error;
    try {
      return idOf();
    } catch {
      throw error;
    }
  }
}

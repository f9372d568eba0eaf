import path from 'node:path';
import type { Uri } from 'vscode';

interface Stores {
  readonly stores: readonly {
    readonly folders: readonly [{ readonly uri: Uri }, ...unknown[]];
    readonly store: { readonly folder: string };
  }[];
}

/** The workspace folder whose settings hold for what lies in a runs folder: a run, a sweep, the folder itself. */
export const scopeOf = ({ stores }: Stores, folder: string): Uri | undefined =>
  stores.find(({ store }) => `${folder}${path.sep}`.startsWith(`${store.folder}${path.sep}`))?.folders[0].uri;

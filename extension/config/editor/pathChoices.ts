import type { PathKind } from '../../problems/keyInfo.ts';
import type { Environment } from '../checks/environment.ts';
import { formatOfFile, mayBeRows } from '../schema/dataFormat.ts';

/** A file or folder that a key may name, or a folder on the way to one. */
interface PathChoice {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Whether it may stand there itself; a folder that may not leads to what may. */
  readonly fits: boolean;
}

const ownText = /^(vocab|merges|requirements.*|readme|licen[cs]e|cmakelists)\.txt$/i;

/** Files that each kind of path names, or that the folder which it names holds. */
const wanted: Readonly<Record<PathKind, (name: string) => boolean>> = {
  model: (name) => name === 'config.json',
  data: (name) => formatOfFile(name) !== undefined && mayBeRows(name) && !ownText.test(name),
  config: (name) => /\.peft\.ya?ml$/i.test(name),
  python: (name) => /^python[\d.]*(\.exe)?$/i.test(name),
};

/** How far is looked for what a folder leads to; one that may lead to more is offered. */
const deepest = 3;
const mostFolders = 200;

type Lister = Pick<Environment, 'listFolder'>;

/** What a path of a kind may go on with in a folder: nothing that leads nowhere. */
export async function pathChoices(kind: PathKind, folder: string, { listFolder }: Lister): Promise<PathChoice[]> {
  const isWanted = wanted[kind];
  let left = mostFolders;
  const list = async (path: string) => {
    left--;
    const entries = (await listFolder(path)) ?? [];
    const isShown = (name: string): boolean => !name.startsWith('.') || (kind === 'python' && name === '.venv');
    return entries.filter(({ name }) => isShown(name) && name !== 'node_modules');
  };
  const leads = async (path: string, depth: number): Promise<boolean> => {
    if (depth > deepest || left <= 0) return true;
    const entries = await list(path);
    if (entries.some((entry) => entry.kind === 'file' && isWanted(entry.name))) return true;
    for (const entry of entries) {
      if (entry.kind === 'folder' && (await leads(`${path}${entry.name}/`, depth + 1))) return true;
    }
    return false;
  };
  const choices: PathChoice[] = [];
  for (const { name, kind: is } of await list(folder === '' ? '.' : folder)) {
    if (is === 'file') {
      if (kind !== 'model' && isWanted(name)) choices.push({ name, kind: is, fits: true });
    } else if (await leads(`${folder}${name}/`, 1)) {
      const held = kind === 'model' ? ((await listFolder(`${folder}${name}/`)) ?? []) : [];
      choices.push({ name, kind: is, fits: held.some((entry) => entry.kind === 'file' && isWanted(entry.name)) });
    }
  }
  return choices.toSorted((a, b) => Number(b.fits) - Number(a.fits) || (a.name < b.name ? -1 : 1));
}

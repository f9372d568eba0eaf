import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../../problems/userError.ts';

/** The environment variable that names a Python, by path or by a name on PATH. */
const pythonVariable = 'PEFT_LAB_PYTHON';

export interface PythonPlace {
  /** Path of the interpreter. */
  readonly python: string;
  /** Where it was found, in words: `PEFT_LAB_PYTHON`. */
  readonly foundBy: string;
}

/** Where a Python is looked for. */
interface PythonSearch {
  /** What the user names; wins over all else. */
  readonly named?: { readonly python: string; readonly by: string };
  /** Folders whose `.venv` counts, the first one first. */
  readonly folders: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/**
 * Finds a Python: the one that is named, the one of `PEFT_LAB_PYTHON`, that of a `.venv`, then the first on PATH. One
 * that is named must be there: another one would not have what its user installed.
 * @throws UserError that says where it was looked for
 */
export function findPython({ named, folders, environment, platform }: PythonSearch): PythonPlace {
  const windows = platform === 'win32';
  const onPath = (name: string): string | undefined => {
    const endings = windows && !/\.(exe|cmd|bat)$/i.test(name) ? ['.exe'] : [''];
    const places = (environment.PATH ?? environment.Path ?? '').split(windows ? ';' : delimiter);
    return places
      .filter((place) => place !== '')
      .flatMap((place) => endings.map((ending) => join(place, name + ending)))
      .find((file) => existsSync(file));
  };
  const variable = environment[pythonVariable];
  const wanted =
    named ?? (variable === undefined || variable === '' ? undefined : { python: variable, by: pythonVariable });
  if (wanted) {
    const { python, by } = wanted;
    const found = /[\\/]/.test(python) ? existing(resolve(folders[0] ?? '.', python)) : onPath(python);
    if (found) return { python: found, foundBy: by };
    throw new UserError(
      `${by}: must name a Python that is there, got ${python}; correct it, or install Python there`,
      'torch',
    );
  }
  for (const folder of folders) {
    const found = existing(join(folder, '.venv', ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python'])));
    if (found) return { python: found, foundBy: `.venv of ${folder}` };
  }
  for (const name of windows ? ['python', 'py'] : ['python3', 'python']) {
    const found = onPath(name);
    if (found) return { python: found, foundBy: 'PATH' };
  }
  throw new UserError(
    `executor: torch needs Python 3.9 or newer with torch, got none in ${pythonVariable}, ${[...folders.map((folder) => join(folder, '.venv')), 'PATH'].join(', ')}; ` +
      `install Python, then: python3 -m venv .venv && .venv/bin/pip install torch; or use executor: onnx, which needs no Python`,
    'torch',
  );
}

const existing = (file: string): string | undefined => (existsSync(file) ? file : undefined);

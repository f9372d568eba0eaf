import path from 'node:path';
import * as z from 'zod';

/** A Python for the torch executor, and who chose it. */
export interface PythonChoice {
  readonly python: string;
  readonly chosenBy: string;
}

/** Where a Python is looked for, in this order; what comes after (`PEFT_LAB_PYTHON`, PATH) is the trainer's business. */
export interface PythonPlaces {
  /** The setting `peftLab.pythonPath`; empty: not set. */
  readonly setting: string;
  /** The exports of the Python extension; undefined where it is not installed. */
  readonly pythonExtension: () => Promise<unknown>;
  /** The folder of the workspace that the config lies in. */
  readonly folder: string | undefined;
  readonly platform: NodeJS.Platform;
  readonly exists: (file: string) => boolean;
}

/** The Python that the editor's user means: of the setting, of the Python extension, or of the workspace's `.venv`. */
export async function choosePython(places: PythonPlaces): Promise<PythonChoice | undefined> {
  const { setting, pythonExtension, folder, platform, exists } = places;
  if (setting !== '') return { python: setting, chosenBy: 'peftLab.pythonPath' };
  const active = await activePython(await pythonExtension(), folder);
  if (active !== undefined && exists(active)) return { python: active, chosenBy: 'the Python extension' };
  if (folder === undefined) return undefined;
  const place = platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const python = path.join(folder, '.venv', ...place);
  return exists(python) ? { python, chosenBy: '.venv of the workspace' } : undefined;
}

type Call = (...args: unknown[]) => unknown;
const call = z.custom<Call>((value) => typeof value === 'function');

/** The part of the Python extension's exports that is used here. */
const pythonExports = z.object({
  environments: z.object({ getActiveEnvironmentPath: call, resolveEnvironment: call }),
});
const environmentPath = z.object({ id: z.string(), path: z.string() });
const resolvedEnvironment = z.object({ executable: z.object({ uri: z.object({ fsPath: z.string() }).optional() }) });

/** Stands for whatever `python` is on PATH: nobody has chosen. */
const nobodysChoice = 'DEFAULT_PYTHON';

/** The interpreter that is chosen for a folder; undefined where none is, or the exports are not as expected. */
async function activePython(exported: unknown, folder: string | undefined): Promise<string | undefined> {
  const { data } = pythonExports.safeParse(exported);
  if (!data) return undefined;
  const { environments } = data;
  const active = environmentPath.safeParse(environments.getActiveEnvironmentPath(folder)).data;
  if (!active || active.id === nobodysChoice) return undefined;
  const resolved = resolvedEnvironment.safeParse(await environments.resolveEnvironment(active)).data;
  return resolved?.executable.uri?.fsPath;
}

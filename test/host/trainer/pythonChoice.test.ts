import { describe, expect, it } from 'vitest';
import { choosePython, type PythonPlaces } from '../../../extension/host/trainer/pythonChoice.ts';

const files = new Set(['/env/bin/python', '/work/.venv/bin/python']);
const asked: unknown[] = [];

/** What the Python extension exports, as far as it matters. */
const exportsOf = (id: string, executable: string | undefined) => ({
  environments: {
    getActiveEnvironmentPath: (resource: unknown) => {
      asked.push(resource);
      return { id, path: '/env' };
    },
    resolveEnvironment: async (environment: { path: string }) =>
      environment.path === '/env' ? { executable: { uri: executable && { fsPath: executable } } } : undefined,
  },
});

const choose = (places: Partial<PythonPlaces>) =>
  choosePython({
    setting: '',
    pythonExtension: async () => exportsOf('/env', '/env/bin/python'),
    folder: '/work',
    platform: 'linux',
    exists: (file) => files.has(file),
    ...places,
  });

const ofVenv = { python: '/work/.venv/bin/python', chosenBy: '.venv of the workspace' };

describe('the Python of a run', () => {
  it('is that of the setting, whatever it names', async () => {
    expect(await choose({ setting: 'python3.12' })).toEqual({ python: 'python3.12', chosenBy: 'peftLab.pythonPath' });
  });

  it('else the choice of the Python extension for the folder', async () => {
    expect(await choose({})).toEqual({ python: '/env/bin/python', chosenBy: 'the Python extension' });
    expect(asked).toEqual(['/work']);
  });

  it.each([
    ['is not installed', undefined],
    ['has been left at its default', exportsOf('DEFAULT_PYTHON', '/env/bin/python')],
    ['names an environment without interpreter', exportsOf('/env', undefined)],
    ['names an interpreter that is gone', exportsOf('/env', '/gone/bin/python')],
    ['exports something else', { environments: {} }],
  ])('else that of .venv, where the Python extension %s', async (_, exported) => {
    expect(await choose({ pythonExtension: async () => exported })).toEqual(ofVenv);
  });

  it('else none: the trainer looks on PATH', async () => {
    const pythonExtension = async () => undefined;
    expect(await choose({ pythonExtension, folder: '/elsewhere' })).toBeUndefined();
    expect(await choose({ pythonExtension, folder: undefined })).toBeUndefined();
    const windows = {
      pythonExtension,
      platform: 'win32',
      exists: (file: string) => file.endsWith('python.exe'),
    } as const;
    expect((await choose(windows))?.python).toMatch(/Scripts.python\.exe$/);
  });
});

import { homedir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Uri, WorkspaceFolder } from 'vscode';

const editor = vi.hoisted(() => ({ settings: {} as Record<string, unknown>, folders: [] as object[] }));
vi.mock('vscode', () => ({
  EventEmitter: class {
    event = () => ({ dispose() {} });
    fire() {}
  },
  Disposable: { from: () => ({ dispose() {} }) },
  workspace: {
    getConfiguration: () => ({ get: (name: string) => editor.settings[name] }),
    getWorkspaceFolder: ({ fsPath }: Uri) => (fsPath.startsWith('/two') ? { uri: { fsPath: '/two' } } : undefined),
    onDidChangeConfiguration() {},
    onDidChangeWorkspaceFolders() {},
    get workspaceFolders() {
      return editor.folders;
    },
  },
}));

const { pathSetting, runsFolderOf } = await import('../../../extension/host/editor/settings.ts');
const { RunCatalog } = await import('../../../extension/host/runs/runCatalog.ts');

const at = (fsPath: string) => ({ scheme: 'file', fsPath, toString: () => fsPath }) as Uri;
const two = { uri: at('/two') } as WorkspaceFolder;
const runsIn = (runsFolder: unknown): string => {
  editor.settings = { runsFolder };
  return runsFolderOf(two);
};

describe('a path in a setting', () => {
  beforeEach(() => {
    editor.folders = [{ uri: at('/one') }];
  });

  it('starts from the workspace folder, and at the default where it is empty or no text', () => {
    expect(runsIn('runs')).toBe(path.resolve('/two/runs'));
    for (const nothing of ['', 3, undefined]) expect(runsIn(nothing)).toBe(path.resolve('/two/.peft-lab/runs'));
  });

  it('may begin with the home folder and name the workspace folder, of whose file it is', () => {
    for (const text of ['~/runs', `\${userHome}/runs`]) expect(runsIn(text)).toBe(path.join(homedir(), 'runs'));
    expect(runsIn(`\${workspaceFolder}/../runs`)).toBe(path.resolve('/runs'));
    expect(runsIn('~runs')).toBe(path.resolve('/two/~runs'));
    editor.settings = { nodePath: '~/node', pythonPath: `\${workspaceFolder}/env/python` };
    expect(pathSetting('nodePath')).toBe(path.join(homedir(), 'node').replaceAll('\\', '/'));
    expect(pathSetting('pythonPath', at('/two/a.peft.yaml'))).toBe('/two/env/python');
    expect(pathSetting('pythonPath', at('/elsewhere/a.peft.yaml'))).toBe('/one/env/python');
  });

  it('may name nothing else, and whose runs have no place so has none that are shown or started', () => {
    const refusal = `peftLab.runsFolder: must have no variable but \${workspaceFolder} and \${userHome}, got \${env:RUNS}; write the path itself`;
    expect(() => runsIn(`\${env:RUNS}/a`)).toThrow(refusal);
    editor.folders = [two];
    const told: string[] = [];
    const catalog = new RunCatalog(
      () => {},
      (error) => told.push((error as Error).message),
    );
    expect([told, catalog.runs, catalog.stores]).toEqual([[refusal], [], []]);
    expect(() => catalog.storeFor(two)).toThrow(refusal);
    editor.settings = { nodePath: `\${workspaceFolder}/node` };
    editor.folders = [];
    expect(() => pathSetting('nodePath')).toThrow('peftLab.nodePath: must have no variable but');
  });
});

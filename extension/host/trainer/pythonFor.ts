import { existsSync } from 'node:fs';
import { extensions, type Uri, workspace } from 'vscode';
import { pathSetting } from '../editor/settings.ts';
import { choosePython, type PythonChoice } from './pythonChoice.ts';

/** The Python for a config or folder as this window sees it. */
export function pythonFor(uri: Uri | undefined): Promise<PythonChoice | undefined> {
  const folder = uri === undefined ? workspace.workspaceFolders?.[0] : workspace.getWorkspaceFolder(uri);
  return choosePython({
    setting: pathSetting('pythonPath', uri),
    pythonExtension: async () => await extensions.getExtension('ms-python.python')?.activate(),
    folder: folder?.uri.fsPath,
    platform: process.platform,
    exists: existsSync,
  });
}

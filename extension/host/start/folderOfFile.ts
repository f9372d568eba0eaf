import { existsSync } from 'node:fs';
import path from 'node:path';
import { Uri, type WorkspaceFolder, workspace } from 'vscode';
import { Blocked } from '../editor/blocked.ts';

/** Whether a file or folder that a run names is there, and in this window: runs may come from another machine. */
export const isInWindow = (file: string): boolean =>
  existsSync(file) && workspace.getWorkspaceFolder(Uri.file(file)) !== undefined;

/** The folder of this window that a config or sweep lies in, where its runs are kept. @throws Blocked where it lies in none */
export function folderOfFile(uri: Uri): WorkspaceFolder {
  const folder = workspace.getWorkspaceFolder(uri);
  if (folder !== undefined) return folder;
  const [parent, file] = [path.dirname(uri.fsPath), path.basename(uri.fsPath)];
  const where = { forceNewWindow: workspace.workspaceFolders !== undefined, filesToOpen: [uri] };
  throw new Blocked(`${file}: must lie in a folder of this window, where its runs are kept; open its folder`, [
    { title: 'Open Its Folder', command: 'vscode.openFolder', arguments: [Uri.file(parent), where] },
  ]);
}

import { homedir } from 'node:os';
import path from 'node:path';
import { commands, Uri, window, workspace } from 'vscode';
import { firstExample, placeExamples } from './exampleWorkspace.ts';

/** Puts the example workspace where a person says, and opens it: in this window where nothing is open. */
export async function openExampleWorkspace(extensionFolder: string): Promise<void> {
  const [parent] =
    (await window.showOpenDialog({
      title: 'Folder to put the example workspace into',
      openLabel: 'Put Examples Here',
      defaultUri: Uri.file(homedir()),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (parent === undefined) return;
  const folder = await placeExamples(extensionFolder, parent.fsPath);
  const isEmpty = workspace.workspaceFolders === undefined;
  await commands.executeCommand('vscode.openFolder', Uri.file(folder), {
    forceReuseWindow: isEmpty,
    forceNewWindow: !isEmpty,
    filesToOpen: [Uri.file(path.join(folder, firstExample))],
  });
}

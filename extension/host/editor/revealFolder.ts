import { commands, env, UIKind, Uri, workspace } from 'vscode';

/** Whether the files of this window lie on the machine that a person sits at, with its file manager and trash. */
export const isLocal = (): boolean => env.remoteName === undefined && env.uiKind === UIKind.Desktop;

/** Shows a folder in the file manager; in a remote window in the list of files. */
export async function revealFolder(folder: string): Promise<void> {
  await commands.executeCommand(isLocal() ? 'revealFileInOS' : 'revealInExplorer', Uri.file(folder));
}

/** Moves a folder to the system's trash. */
export const toTrash = (folder: string): Thenable<void> =>
  workspace.fs.delete(Uri.file(folder), { recursive: true, useTrash: true });

import path from 'node:path';
import { commands, env, UIKind, Uri, workspace } from 'vscode';
import { notify } from './notify.ts';

/** Whether the files of this window lie on the machine that a person sits at, with its file manager and trash. */
export const isLocal = (): boolean => env.remoteName === undefined && env.uiKind === UIKind.Desktop;

/** Shows a folder in the file manager; in a remote window in the list of files. */
export async function revealFolder(folder: string): Promise<void> {
  await commands.executeCommand(isLocal() ? 'revealFileInOS' : 'revealInExplorer', Uri.file(folder));
}

/** Says that a file was saved, and opens it where its program is; in a remote window, whose programs do not see it, says where it lies. */
export async function offerFile(file: string): Promise<void> {
  const local = isLocal();
  const show = local ? 'Open' : 'Reveal';
  const chosen = await notify.information(`Saved ${local ? path.basename(file) : file}`, show);
  if (chosen !== show) return;
  if (local) await env.openExternal(Uri.file(file));
  else await revealFolder(file);
}

/** Moves a folder to the system's trash. */
export const toTrash = (folder: string): Thenable<void> =>
  workspace.fs.delete(Uri.file(folder), { recursive: true, useTrash: true });

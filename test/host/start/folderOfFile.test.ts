import path from 'node:path';
import { expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => ({
  folders: undefined as readonly { readonly name: string }[] | undefined,
  own: false,
}));
vi.mock('vscode', () => ({
  Uri: { file: (fsPath: string) => ({ fsPath }) },
  workspace: {
    getWorkspaceFolder: () => (editor.own ? editor.folders?.[0] : undefined),
    get workspaceFolders() {
      return editor.folders;
    },
  },
}));

const { folderOfFile } = await import('../../../extension/host/start/folderOfFile.ts');
const file = path.resolve('/w/reviews.peft.yaml');
const uri = { fsPath: file } as never;

/** What is thrown for a file that lies in no folder of the window. */
function thrown(): unknown {
  try {
    return folderOfFile(uri);
  } catch (error) {
    return error;
  }
}

it('opens the folder of a file that lies in no folder of the window, in another window where folders are open', () => {
  const step = (forceNewWindow: boolean) => ({
    message: 'reviews.peft.yaml: must lie in a folder of this window, where its runs are kept; open its folder',
    firstSteps: [
      {
        title: 'Open Its Folder',
        command: 'vscode.openFolder',
        arguments: [{ fsPath: path.dirname(file) }, { forceNewWindow, filesToOpen: [uri] }],
      },
    ],
  });
  expect(thrown()).toMatchObject(step(false));
  editor.folders = [{ name: 'other' }];
  expect(thrown()).toMatchObject(step(true));
  editor.own = true;
  expect(folderOfFile(uri)).toBe(editor.folders[0]);
});

import { homedir } from 'node:os';
import { beforeEach, expect, it, vi } from 'vitest';
import { Dashboard } from '../../../extension/host/dashboard/dashboardPanel.ts';

interface Place {
  readonly scheme: string;
  readonly fsPath: string;
  readonly path: string;
}

const editor = vi.hoisted(() => ({ proposed: undefined as unknown, told: [] as string[], failure: '' }));
vi.mock('vscode', () => {
  const place = (fsPath: string): Place => ({ scheme: 'file', fsPath, path: fsPath });
  const fail = async (): Promise<void> => {
    if (editor.failure !== '') throw new Error(editor.failure);
  };
  return {
    Uri: {
      file: place,
      joinPath: (base: Place, ...parts: string[]) => place([base.path, ...parts].join('/')),
    },
    env: { clipboard: { writeText: fail } },
    window: {
      showSaveDialog: async ({ defaultUri }: { readonly defaultUri: unknown }) => {
        editor.proposed = defaultUri;
        return place('/full/losses.csv');
      },
      setStatusBarMessage: (message: string) => editor.told.push(message),
    },
    workspace: { fs: { writeFile: fail }, onDidGrantWorkspaceTrust: () => ({ dispose() {} }) },
  };
});

/** What a page's message leads to: what a person is shown of a failure. */
async function sent(message: object): Promise<readonly string[]> {
  let receive = (_: unknown): void => {};
  const shown: string[] = [];
  const done = new Promise<void>((resolve) => {
    const parts = {
      pageFolder: { path: '/page' },
      catalog: { onDidChange: () => ({ dispose() {} }) },
      sweeps: { onDidChange: () => ({ dispose() {} }) },
      onError: (error: Error) => shown.push(`only in the log: ${error.message}`),
      attempt: async (action: () => unknown) => {
        try {
          await action();
        } catch (error) {
          shown.push((error as Error).message);
        }
        resolve();
      },
    };
    const panel = {
      webview: {
        onDidReceiveMessage: (listener: typeof receive) => {
          receive = listener;
        },
        asWebviewUri: () => '',
      },
      onDidChangeViewState() {},
      onDidDispose() {},
    };
    new Dashboard(parts as never).adopt(panel as never);
  });
  receive(message);
  await done;
  return shown;
}

beforeEach(() => Object.assign(editor, { proposed: undefined, told: [], failure: '' }));

const save = { type: 'save', name: 'losses.csv', data: 'step,loss\n' };

it('proposes the name of a picture or table also where no folder is open, and says that it is saved', async () => {
  expect(await sent(save)).toEqual([]);
  expect(editor.proposed).toMatchObject({ path: `${homedir()}/losses.csv` });
  expect(editor.told).toEqual(['Saved losses.csv']);
});

it('shows why a picture or table was not saved, and why a text was not copied', async () => {
  editor.failure = 'EACCES: permission denied';
  expect(await sent(save)).toEqual([
    '/full/losses.csv: must be a place to write to, got EACCES: permission denied; save again elsewhere',
  ]);
  expect(await sent({ type: 'copy', text: 'a' })).toEqual(['EACCES: permission denied']);
  expect(editor.told).toEqual([]);
});

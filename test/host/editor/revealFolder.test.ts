import { beforeEach, describe, expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => ({
  env: { remoteName: undefined as string | undefined, uiKind: 1 },
  done: [] as unknown[],
}));
vi.mock('vscode', () => ({
  UIKind: { Desktop: 1, Web: 2 },
  Uri: { file: (path: string) => path },
  env: Object.assign(editor.env, { openExternal: async (file: string) => editor.done.push(['opened', file]) }),
  commands: { executeCommand: async (...words: unknown[]) => editor.done.push(words) },
  window: {
    showInformationMessage: async (message: string, button: string) => {
      editor.done.push(message);
      return button;
    },
  },
}));

const { offerFile } = await import('../../../extension/host/editor/revealFolder.ts');

beforeEach(() => {
  editor.done = [];
  Object.assign(editor.env, { remoteName: undefined, uiKind: 1 });
});

describe('a file that was saved', () => {
  it('is opened by its program on the machine that a person sits at', async () => {
    await offerFile('/work/report.html');
    expect(editor.done).toEqual(['Saved report.html', ['opened', '/work/report.html']]);
  });

  it.each([
    ['a remote window', { remoteName: 'ssh-remote' }],
    ['a browser', { uiKind: 2 }],
  ])('is told with its place, and shown in the list of files, in %s', async (_, where) => {
    Object.assign(editor.env, where);
    await offerFile('/work/report.html');
    expect(editor.done).toEqual(['Saved /work/report.html', ['revealInExplorer', '/work/report.html']]);
  });
});

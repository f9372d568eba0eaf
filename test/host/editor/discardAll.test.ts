import { beforeEach, expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => ({
  env: { remoteName: undefined as string | undefined, uiKind: 1 },
  /** Folders that the system's trash does not take. */
  refused: [] as readonly string[],
  done: [] as string[],
  answer: undefined as string | undefined,
}));
vi.mock('vscode', () => ({
  UIKind: { Desktop: 1, Web: 2 },
  Uri: { file: (path: string) => path },
  env: editor.env,
  workspace: {
    fs: {
      async delete(folder: string, { useTrash }: { readonly useTrash: boolean }) {
        if (editor.refused.includes(folder)) throw new Error(`Failed to move '${folder}' to the trash`);
        editor.done.push(`${useTrash ? 'trash' : 'gone'} ${folder}`);
      },
    },
  },
  window: {
    async showWarningMessage(question: string, { detail }: { readonly detail: string }, ...choices: string[]) {
      editor.done.push(`${question} ${detail} [${choices.join()}]`);
      return editor.answer;
    },
  },
}));

const { discardAll } = await import('../../../extension/host/editor/discardAll.ts');

beforeEach(() => {
  Object.assign(editor, { refused: [], done: [], answer: 'Delete for Good' });
  Object.assign(editor.env, { remoteName: undefined, uiKind: 1 });
});

const discard = (...folders: readonly string[]) =>
  discardAll(folders, async (some, how) => {
    for (const folder of some) await (how === undefined ? editor.done.push(`gone ${folder}`) : how(folder));
  });

it('moves folders to the trash without another question', async () => {
  await discard('/runs/a', '/runs/b');
  expect(editor.done).toEqual(['trash /runs/a', 'trash /runs/b']);
});

it('asks once whether what the trash does not take goes for good, the others being there already', async () => {
  editor.refused = ['/runs/a', '/runs/c'];
  await discard('/runs/a', '/runs/b', '/runs/c');
  const why = "The trash does not take them: Failed to move '/runs/a' to the trash";
  const asked = `Delete 2 folders for good? ${why} [Delete for Good]`;
  expect(editor.done).toEqual(['trash /runs/b', asked, 'gone /runs/a', 'gone /runs/c']);
});

it('leaves what the trash does not take where nobody wants it gone', async () => {
  Object.assign(editor, { refused: ['/runs/a'], answer: undefined });
  await discard('/runs/a');
  const why = "The trash does not take it: Failed to move '/runs/a' to the trash";
  expect(editor.done).toEqual([`Delete “a” for good? ${why} [Delete for Good]`]);
});

it('deletes at once where the window has no trash, for that was asked before', async () => {
  Object.assign(editor.env, { remoteName: 'ssh-remote' });
  await discard('/runs/a');
  expect(editor.done).toEqual(['gone /runs/a']);
});

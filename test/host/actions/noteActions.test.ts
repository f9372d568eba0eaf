import { beforeEach, expect, it, vi } from 'vitest';
import { NoteActions } from '../../../extension/host/actions/noteActions.ts';
import { runEntry } from '../../support/runEntry.ts';

const editor = vi.hoisted(() => ({
  asked: [] as string[],
  told: [] as string[],
  answer: (_value: string): string | undefined => undefined,
}));
vi.mock('vscode', () => ({
  window: {
    showInputBox: async ({ title, value }: { title: string; value: string }) => {
      editor.asked.push(title, value);
      return editor.answer(value);
    },
    showInformationMessage: async (message: string) => void editor.told.push(message),
  },
}));

const [a, b] = [runEntry({ id: 'a', notes: { name: 'the first' } }), runEntry({ id: 'b' })];
const notes = new NoteActions({} as never);

beforeEach(() => Object.assign(editor, { asked: [], told: [], answer: () => undefined }));

it('asks for the name of the one run that it says', async () => {
  await notes.rename([a]);
  expect(editor).toMatchObject({ asked: ['Name of the first', 'the first'], told: [] });
});

it('writes no name where the one that it offers stays', async () => {
  editor.answer = (value) => `${value} `;
  const changed: unknown[] = [];
  const written = new NoteActions({ storeOf: () => changed.push(1) } as never);
  await written.rename([a]);
  await written.rename([b]);
  expect(changed).toEqual([]);
});

it.each([
  [[a, b], '2 runs'],
  [[], 'none'],
])('renames nothing where not one run is meant, and says so', async (runs, got) => {
  await notes.rename(runs);
  expect(editor).toMatchObject({
    asked: [],
    told: [`Rename: must be told one run, got ${got}; move to the row of a run.`],
  });
});

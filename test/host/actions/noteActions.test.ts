import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { runFiles } from '../../../extension/contract/run.ts';
import { NoteActions } from '../../../extension/host/actions/noteActions.ts';
import { readNotes } from '../../../extension/runs/folder/notes.ts';
import { runEntry } from '../../support/runEntry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

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
    showWarningMessage: async (message: string) => void editor.told.push(message),
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

it('changes every run that can be changed, says which stays, and shows the list anew', async () => {
  const runs = ['a', 'b', 'c'].map((id) => ({ ...runEntry({ id }), folder: temporaryFolder() }));
  writeFileSync(path.join(runs[1]!.folder, runFiles.notes), 'of another program');
  const refresh = vi.fn(async () => {});
  const several = new NoteActions({ refresh } as never);
  editor.answer = () => 'paper';
  await several.tag(runs);
  await several.pin(runs, true);
  const [first, , last] = runs;
  for (const { folder } of [first!, last!]) expect(readNotes(folder)).toMatchObject({ tags: ['paper'], pinned: true });
  expect(editor.told).toEqual(
    [1, 2].map(() => expect.stringMatching(/^1 of 3 runs stays: .*must be the notes of a run/)),
  );
  expect(refresh).toHaveBeenCalledTimes(2);
});

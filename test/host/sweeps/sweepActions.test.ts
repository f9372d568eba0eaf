import { expect, it, vi } from 'vitest';
import { SweepActions } from '../../../extension/host/sweeps/sweepActions.ts';

const editor = vi.hoisted(() => ({ told: [] as string[] }));
vi.mock('vscode', () => ({
  env: {},
  window: { showInformationMessage: async (message: string) => void editor.told.push(message) },
}));

it('acts on no other sweep than that of its row, and says where that one is gone', async () => {
  const sweep = { folder: '/runs/.sweeps/there' };
  const find = (folder: string) => (folder === sweep.folder ? sweep : undefined);
  const actions = new SweepActions({} as never, { sweeps: [sweep], find } as never);
  const question = { title: 'Open which sweep?', fits: () => true, none: 'There are no sweeps yet.' };
  expect(await actions.pick([{ kind: 'sweep', folder: sweep.folder }], question)).toEqual([sweep]);
  expect(editor.told).toEqual([]);
  expect(await actions.pick([{ kind: 'sweep', folder: '/runs/.sweeps/gone' }], question)).toEqual([]);
  expect(editor.told).toEqual(['That sweep is gone, or cannot be read any more.']);
});

it('acts on those of the selected sweeps that it can, and on the one of its row where it is about one', async () => {
  editor.told.length = 0;
  const all = ['a', 'b', 'c'].map((id) => ({ folder: `/runs/.sweeps/${id}`, isOpen: id !== 'b' }));
  const find = (folder: string) => all.find((sweep) => sweep.folder === folder);
  const actions = new SweepActions({} as never, { sweeps: all, find } as never);
  const rows = all.map(({ folder }) => ({ kind: 'sweep', folder }));
  const fits = (sweep: unknown) => (sweep as { readonly isOpen: boolean }).isOpen;
  const question = { title: 'Resume which sweep?', fits, none: 'No sweep is left unfinished.', many: true } as const;
  const { many, ...one } = question;
  expect(await actions.pick([rows[1], [...rows, { kind: 'run', folder: '/runs/d' }]], question)).toEqual([
    all[0],
    all[2],
  ]);
  expect(await actions.pick([rows[1], rows], one)).toEqual([all[1]]);
  expect(await actions.pick([rows[1], [rows[1]]], question)).toEqual([all[1]]);
  expect(editor.told).toEqual([]);
  expect(await actions.pick([rows[0], rows], { ...question, fits: () => false })).toEqual([]);
  expect(editor.told).toEqual(['No sweep is left unfinished.']);
});

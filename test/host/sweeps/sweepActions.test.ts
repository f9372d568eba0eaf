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
  expect(await actions.pick([{ kind: 'sweep', folder: sweep.folder }], question)).toBe(sweep);
  expect(editor.told).toEqual([]);
  expect(await actions.pick([{ kind: 'sweep', folder: '/runs/.sweeps/gone' }], question)).toBeUndefined();
  expect(editor.told).toEqual(['That sweep is gone, or cannot be read any more.']);
});

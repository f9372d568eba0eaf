import { expect, it, vi } from 'vitest';

vi.mock('vscode', () => ({ window: {} }));

const { RunPicker } = await import('../../../extension/host/actions/pickRuns.ts');
const { runEntry } = await import('../../support/runEntry.ts');

it('shows the run that was clicked, also where its list is drawn anew at that moment', async () => {
  const entry = runEntry({ id: 'clicked' });
  const catalog = { runs: [entry], find: (folder: string) => (folder === entry.folder ? entry : undefined) };
  const row = { kind: 'run', folder: entry.folder };
  let looks = 0;
  const treeView = {
    get selection() {
      looks++;
      return looks < 5 ? [] : [row];
    },
  };
  const picker = new RunPicker(catalog as never, { runsOf: () => [] }, treeView as never);
  expect(await picker.clicked()).toEqual([entry]);
  expect(looks).toBeGreaterThanOrEqual(5);
});

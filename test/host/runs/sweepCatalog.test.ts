import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sweepFiles } from '../../../extension/contract/sweep.ts';
import type { RunCatalog } from '../../../extension/host/runs/runCatalog.ts';
import { SweepCatalog } from '../../../extension/host/runs/sweepCatalog.ts';
import type { RunEntry } from '../../../extension/runs/folder/runEntry.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { createSweep, writeVerdict } from '../../../extension/runs/folder/sweepFolder.ts';
import { runEntry } from '../../support/runEntry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

vi.mock('vscode', () => ({
  EventEmitter: class {
    readonly event = (): void => {};
    fire(): void {}
    dispose(): void {}
  },
}));

const content = {
  path: '/w/a.sweep.yaml',
  text: 'x',
  experiments: [],
  codeVersion: '0.2.0',
  plan: { layout: 'a', configs: 'b' },
};

/** What the catalog lists of these runs folders, and what it told. */
const listed = (...stores: readonly RunStore[]) => listedWith([], ...stores);

async function listedWith(runs: readonly RunEntry[], ...stores: readonly RunStore[]) {
  const errors: unknown[] = [];
  const catalog = { stores: stores.map((store) => ({ store })), runs, onDidChange: () => ({ dispose() {} }) };
  const sweeps = new SweepCatalog(catalog as unknown as RunCatalog, (error) => errors.push(error));
  onTestFinished(() => sweeps.dispose());
  await sweeps.refresh();
  return { sweeps, errors };
}

it.each(['claim', sweepFiles.record])('lists all other sweeps where the %s of one is no file', async (name) => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const [whole, odd] = [createSweep(store.folder, content), createSweep(store.folder, content)];
  rmSync(path.join(odd, name), { force: true });
  mkdirSync(path.join(odd, name));
  const { sweeps, errors } = await listed(store);
  expect(sweeps.sweeps.map(({ folder }) => folder)).toEqual([whole]);
  expect(String(errors[0])).toContain(`${path.join(odd, name)}: must be a file, got a folder`);
});

it('lists a sweep once where a folder is a copy of another: that of the first', async () => {
  const [first, copy] = ['first', 'copy'].map((name) => new RunStore(path.join(temporaryFolder(), name)));
  const sweep = createSweep(first!.folder, content);
  cpSync(first!.folder, copy!.folder, { recursive: true });
  const own = createSweep(copy!.folder, content);
  const { sweeps } = await listed(first!, copy!);
  expect(sweeps.sweeps.map(({ folder }) => folder).sort()).toEqual([sweep, own].sort());
});

it('lists the sweeps of all other folders where those of one cannot be read', async () => {
  const [odd, whole] = ['odd', 'whole'].map((name) => new RunStore(path.join(temporaryFolder(), name)));
  mkdirSync(odd!.folder);
  writeFileSync(path.join(odd!.folder, '.sweeps'), '');
  const sweep = createSweep(whole!.folder, content);
  const { sweeps, errors } = await listed(odd!, whole!);
  expect(sweeps.sweeps.map(({ folder }) => folder)).toEqual([sweep]);
  expect(String(errors[0])).toContain(`${path.join(odd!.folder, '.sweeps')}: sweeps cannot be read`);
});

it('shows no verdict of a whole sweep of which a run was done again since', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const config =
    'model: m\ntask: classification\ndata: {train: t.tsv, validation: d.tsv, test: e.tsv}\nmethods: [full]\n';
  const text = 'experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: [1]\n';
  const folder = createSweep(store.folder, { ...content, text, experiments: [{ file: 'a.peft.yaml', text: config }] });
  const runsOf = (state: RunEntry['state'], endedAt: string) =>
    ['ln-tuning', 'bitfit'].map((arm, index) => {
      const sweep = { id: path.basename(folder), index, stage: 'results', arm, experiment: 'a.peft.yaml' } as const;
      const entry = runEntry({ state: index === 0 ? 'finished' : state, record: { sweep }, summary: { endedAt } });
      return { ...entry, folder: path.join(store.folder, `run-${index}`) };
    });
  const judged = runsOf('failed', '2026-01-31T14:00:00Z');
  writeVerdict(folder, ['ln-tuning is better'], judged);
  const shown = async (runs: readonly RunEntry[]) => (await listedWith(runs, store)).sweeps.sweeps[0];
  expect(await shown(judged)).toMatchObject({ view: { state: 'finished' }, verdict: ['ln-tuning is better'] });
  const since = await shown(runsOf('finished', '2026-01-31T14:00:00Z'));
  expect(since).toMatchObject({ view: { state: 'finished', finished: 2 }, verdict: undefined });
});

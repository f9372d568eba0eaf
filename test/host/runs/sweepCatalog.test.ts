import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sweepFiles } from '../../../extension/contract/sweep.ts';
import type { RunCatalog } from '../../../extension/host/runs/runCatalog.ts';
import { SweepCatalog } from '../../../extension/host/runs/sweepCatalog.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { createSweep } from '../../../extension/runs/folder/sweepFolder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

vi.mock('vscode', () => ({
  EventEmitter: class {
    readonly event = (): void => {};
    fire(): void {}
    dispose(): void {}
  },
}));

const content = { path: '/w/a.sweep.yaml', text: 'x', experiments: [], codeVersion: '0.1.0' };

/** What the catalog lists of these runs folders, and what it told. */
async function listed(...stores: readonly RunStore[]) {
  const errors: unknown[] = [];
  const runs = { stores: stores.map((store) => ({ store })), runs: [], onDidChange: () => ({ dispose() {} }) };
  const sweeps = new SweepCatalog(runs as unknown as RunCatalog, (error) => errors.push(error));
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

it('lists the sweeps of all other folders where those of one cannot be read', async () => {
  const [odd, whole] = ['odd', 'whole'].map((name) => new RunStore(path.join(temporaryFolder(), name)));
  mkdirSync(odd!.folder);
  writeFileSync(path.join(odd!.folder, '.sweeps'), '');
  const sweep = createSweep(whole!.folder, content);
  const { sweeps, errors } = await listed(odd!, whole!);
  expect(sweeps.sweeps.map(({ folder }) => folder)).toEqual([sweep]);
  expect(String(errors[0])).toContain(`${path.join(odd!.folder, '.sweeps')}: sweeps cannot be read`);
});

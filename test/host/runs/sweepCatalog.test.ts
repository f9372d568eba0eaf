import { mkdirSync, rmSync } from 'node:fs';
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

it.each(['claim', sweepFiles.record])('lists all other sweeps where the %s of one is no file', async (name) => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const [whole, odd] = [createSweep(store.folder, content), createSweep(store.folder, content)];
  rmSync(path.join(odd, name), { force: true });
  mkdirSync(path.join(odd, name));
  const errors: unknown[] = [];
  const runs = { stores: [{ store }], runs: [], onDidChange: () => ({ dispose() {} }) };
  const sweeps = new SweepCatalog(runs as unknown as RunCatalog, (error) => errors.push(error));
  onTestFinished(() => sweeps.dispose());
  await sweeps.refresh();
  expect(sweeps.sweeps.map(({ folder }) => folder)).toEqual([whole]);
  expect(String(errors[0])).toContain(`${path.join(odd, name)}: must be a file, got a folder`);
});

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runFiles } from '../../../extension/contract/run.ts';
import { stopDefaults, stopRun } from '../../../extension/runs/control/stop.ts';
import { type Claim, claimRun, releaseClaim } from '../../../extension/runs/folder/claim.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it('takes a run out of the queue that was claimed and given back while it was asked to stop', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const { folder } = store.create(newRun());
  const claim = await claimRun(folder, await currentProcess());
  const stopping = stopRun(store, folder, { ...stopDefaults, pollMs: 5 });
  await expect.poll(() => existsSync(path.join(folder, runFiles.control)), { interval: 5 }).toBe(true);
  releaseClaim(claim);
  await stopping;
  expect(await store.read(folder)).toMatchObject({ state: 'stopped', message: 'taken out of the queue' });
});

it('asks a run to stop that is claimed in the moment in which it is taken out of the queue', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const { folder } = store.create(newRun());
  let claim: Claim | undefined;
  const read: RunStore['read'] = async (folder) => {
    const run = await store.read(folder);
    claim ??= await claimRun(folder, await currentProcess());
    return run;
  };
  const stopping = stopRun({ read } as RunStore, folder, { ...stopDefaults, pollMs: 5 });
  await expect.poll(() => existsSync(path.join(folder, runFiles.control)), { interval: 5 }).toBe(true);
  releaseClaim(claim!);
  await stopping;
  expect(await store.read(folder)).toMatchObject({ state: 'stopped' });
});

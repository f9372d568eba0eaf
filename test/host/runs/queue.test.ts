import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { RunWatch } from '../../../extension/host/runs/runWatch.ts';
import { startQueued } from '../../../extension/runs/control/queue.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../../support/fakeTrainerProcess.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const trainer = fakeTrainer();
const patience = { timeout: 50_000, interval: 20 };

function workplace() {
  const folder = temporaryFolder();
  const store = new RunStore(path.join(folder, 'runs'));
  const queue = (config: Record<string, unknown> = {}, baseFolder = folder): string =>
    store.create(newRun({ config: { steps: 5, stepMs: 1, ...config }, baseFolder })).folder;
  return { folder, store, queue };
}

/** The most runs that were seen running at once, until all have ended. */
async function mostAtOnce(store: RunStore): Promise<number> {
  let most = 0;
  await vi.waitFor(async () => {
    const { runs } = await store.list();
    most = Math.max(most, runs.filter(({ state }) => state === 'running').length);
    expect(runs.every(({ state }) => state === 'finished' || state === 'failed')).toBe(true);
  }, patience);
  return most;
}

describe('the queue', () => {
  it('starts the oldest, as many as may run at once, and drains with no window open', async () => {
    const { store, queue } = workplace();
    const folders = Array.from({ length: 5 }, () => queue({ stepMs: 20 }));
    const started = await startQueued(store, trainer.program(), 2);
    expect(started.map(({ folder }) => folder)).toEqual(folders.slice(0, 2));
    // Nothing else looks at the queue: runs that end start those that wait.
    expect(await mostAtOnce(store)).toBeLessThanOrEqual(2);
  });

  it('outlives windows: one that opens later, and two at once, start what waits exactly once', async () => {
    const { store, queue } = workplace();
    const folder = queue();
    await Promise.all([1, 2, 3].map(() => startQueued(store, trainer.program(), 1)));
    await mostAtOnce(store);
    const watch = new RunWatch(store.folder, { onChange: () => {}, onError: () => {} });
    await watch.refresh();
    expect(watch.run(folder)).toMatchObject({ state: 'finished', summary: { step: 5 } });
    expect(await startQueued(store, trainer.program(), 1)).toEqual([]);
  });

  it('is not held up by a run whose folder is gone', async () => {
    const { folder, store, queue } = workplace();
    const moved = path.join(folder, 'moved away');
    queue({}, moved);
    const second = queue();
    await startQueued(store, trainer.program(), 1);
    await mostAtOnce(store);
    expect((await store.read(second)).state).toBe('finished');
  });

  it('leaves everything waiting when the trainer has been taken away', async () => {
    const { store, queue } = workplace();
    queue();
    const gone = { node: process.execPath, nodeArguments: ['/no/trainer.cjs'] };
    expect(await startQueued(store, gone, 1)).toEqual([]);
    const broken = { ...trainer.program(), node: '/no/node' };
    await expect(startQueued(store, broken, 1)).rejects.toThrow('/no/node: the trainer could not be started');
    expect((await store.list()).runs.map(({ state }) => state)).toEqual(['queued']);
  });

  it('forgets a run that is deleted while it waits', async () => {
    const { store, queue } = workplace();
    queue({ stepMs: 30 });
    const waiting = queue();
    const last = queue();
    await startQueued(store, trainer.program(), 1);
    rmSync(waiting, { recursive: true });
    await mostAtOnce(store);
    expect((await store.read(last)).state).toBe('finished');
  });
});

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eachRun } from '../../../extension/host/runs/eachRun.ts';
import { leaveQueue } from '../../../extension/runs/control/stop.ts';
import { claimRun } from '../../../extension/runs/folder/claim.ts';
import { updateNotes } from '../../../extension/runs/folder/notes.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('what is done with each of some runs', () => {
  const remove = async (count: number, ...begun: readonly number[]) => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    for (let made = 0; made < count; made++) store.create(newRun());
    const { runs } = await store.list();
    for (const index of begun) await claimRun(runs[index]!.folder, await currentProcess());
    const said = await eachRun(runs, async ({ folder }) => {
      await leaveQueue(folder);
      await store.delete(folder);
    });
    const left = (await store.list()).runs.map(({ id }) => runs.findIndex((run) => run.id === id));
    return { said, left, runs };
  };

  it('is done with all', async () => {
    expect(await remove(3)).toMatchObject({ said: undefined, left: [] });
  });

  it('goes on where one has begun meanwhile, and tells how many stayed', async () => {
    const { said, left, runs } = await remove(4, 0, 2);
    expect(left).toEqual([0, 2]);
    const why = `${runs[0]!.id}: a run has one trainer at a time; process ${process.pid} is running it`;
    expect(said).toContain(`2 of 4 runs stay: ${why}`);
  });

  it('says of one run alone why it stays', async () => {
    const { said, runs } = await remove(1, 0);
    expect(said).toMatch(new RegExp(`^${runs[0]!.id}: a run has one trainer at a time`));
  });

  it('ends with a fault that no run is to blame for', async () => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    updateNotes(store.create(newRun()).folder, { protected: true });
    const { runs } = await store.list();
    expect(await eachRun(runs, ({ folder }) => store.delete(folder))).toContain('is protected');
    await expect(eachRun(runs, () => Promise.reject(new TypeError('a fault')))).rejects.toThrow('a fault');
  });
});

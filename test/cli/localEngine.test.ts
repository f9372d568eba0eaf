import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { localEngine } from '../../extension/cli/sweeps/localEngine.ts';
import type { StoredSweep } from '../../extension/cli/sweeps/storedSweep.ts';
import { journalLine } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { currentProcess } from '../../extension/runs/process/process.ts';
import { end, hello, newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

it('stops a sweep of which a run ends by itself at that moment', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const { folder } = store.create(newRun(), { ...(await currentProcess()), claimedAt: '' }, 'films-0000');
  const readAll: RunStore['readAll'] = async (folders) => {
    const runs = await store.readAll(folders);
    writeFileSync(path.join(folder, runFiles.journal), [hello(), end('finished', 5)].map(journalLine).join(''));
    return runs;
  };
  const sweep = {
    folder: temporaryFolder(),
    store: { folder: store.folder, readAll, read: (run: string) => store.read(run) },
    record: { id: 'films' },
    plan: { tuningRuns: [], resultCount: 1 },
  };
  expect(await localEngine.stop(sweep as unknown as StoredSweep)).toBe('1 run stopped; no further one starts');
  expect((await store.read(folder)).state).toBe('finished');
});

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { journalLine } from '../../../extension/contract/journal.ts';
import { runFiles } from '../../../extension/contract/run.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { end, hello, newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A run folder on a disk that gives up. */
const broken = vi.hoisted(() => ({ folder: '' }));
vi.mock('../../../extension/runs/journal/summaryFile.ts', async (original) => {
  const real = await original<typeof import('../../../extension/runs/journal/summaryFile.ts')>();
  return {
    ...real,
    saveSummary(folder: string, summary: Parameters<typeof real.saveSummary>[1]) {
      if (folder === broken.folder) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
      real.saveSummary(folder, summary);
    },
  };
});

it('lists all other runs where the disk gives up under one', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const [whole, odd] = [store.create(newRun()), store.create(newRun())];
  for (const { folder } of [whole, odd])
    writeFileSync(path.join(folder, runFiles.journal), [hello(), end('finished', 5)].map(journalLine).join(''));
  broken.folder = odd.folder;
  const { runs, unreadable } = await store.list();
  expect(runs.map(({ id }) => id)).toEqual([whole.id]);
  expect(unreadable).toMatchObject([{ id: odd.id, problem: 'cannot be read: EIO: i/o error, write' }]);
});

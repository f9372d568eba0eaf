import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { baseOf, chooseEngine } from '../../../extension/runs/folder/engineChoice.ts';
import { RunStore, readRunRecord } from '../../../extension/runs/folder/store.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const base = (commit: string | null) => ({ commit, files: { 'config.json': 'a'.repeat(64) } });

describe('the base model that a run is on', () => {
  it('is the one that it began with, until it goes on with another', () => {
    const { folder } = new RunStore(path.join(temporaryFolder(), 'runs')).create({ ...newRun({}), base: base(null) });
    const record = readRunRecord(folder);
    expect(baseOf(folder, record)).toEqual(base(null));
    chooseEngine(folder, { base: base('b'.repeat(40)) });
    expect(baseOf(folder, record)).toEqual(base('b'.repeat(40)));
  });
});

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sameRun } from '../../../extension/runs/folder/sameRun.ts';
import { RunStore, readRunRecord } from '../../../extension/runs/folder/store.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('a run that is started once more', () => {
  it('is the same, under a name of its own, and none of the sweep', () => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    const sweep = { id: 's', index: 3, stage: 'results', arm: 'bitfit', experiment: 'a.peft.yaml' } as const;
    const first = readRunRecord(store.create(newRun({ seed: 7, methods: 'bitfit', sweep })).folder);
    const again = readRunRecord(store.create(sameRun(first)).folder);
    const { id, createdAt, sweep: _, ...content } = first;
    expect(again).toEqual({ ...content, id: again.id, createdAt: again.createdAt });
    expect(again.id).not.toBe(id);
    expect(again.createdAt > createdAt).toBe(true);
  });
});

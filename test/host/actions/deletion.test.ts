import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { deletion, deletionText } from '../../../extension/host/actions/deletion.ts';
import { folderBytes } from '../../../extension/host/runs/folderSize.ts';
import { runEntry } from '../../support/runEntry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const facts = { kept: 0, outOfSight: 0, ofSweeps: 0, hasTrash: true };

describe('what is asked before runs are deleted', () => {
  it('leaves out what is protected, runs or waits', () => {
    const runs = [
      runEntry({ id: 'a' }),
      runEntry({ id: 'b', notes: { protected: true } }),
      runEntry({ id: 'c', state: 'running' }),
      runEntry({ id: 'd', state: 'queued' }),
      runEntry({ id: 'e', state: 'failed' }),
    ];
    const { deletable, kept } = deletion(runs);
    expect(deletable.map(({ id }) => id)).toEqual(['a', 'e']);
    expect(kept).toBe(3);
  });

  it('names one run with its size, and says whether it can be had back', () => {
    expect(deletionText(['lora · films · s2'], 188_400_000, facts)).toEqual({
      question: 'Delete “lora · films · s2”?',
      detail: `188\u202fMB of checkpoints, tuned weights and journals go to the trash.`,
      yes: 'Move to Trash',
    });
    const { detail, yes } = deletionText(['x'], 999, { ...facts, hasTrash: false });
    expect(detail).toBe(
      '999\u202fB of checkpoints, tuned weights and journals are deleted for good: there is no trash here.',
    );
    expect(yes).toBe('Delete for Good');
  });

  it('lists many by name, as many as can be read, and those that stay by number', () => {
    const names = Array.from({ length: 10 }, (_, index) => `run ${index}`);
    const { question, detail } = deletionText(names, 1.5e9, { ...facts, kept: 2 });
    expect(question).toBe('Delete 10 runs?');
    expect(detail.split('\n')).toEqual([
      ...names.slice(0, 8),
      '… and 2 more',
      '1.5\u202fGB of checkpoints, tuned weights and journals go to the trash.',
      '2 more stay: they are protected, running or queued.',
    ]);
  });

  it.each([
    [1, 1, 'It belongs to a sweep, which is not finished without it: resumed, it trains it again.'],
    [3, 1, '1 of them belongs to a sweep, which is not finished without it: resumed, it trains it again.'],
    [3, 2, '2 of them belong to a sweep, which is not finished without them: resumed, it trains them again.'],
  ])('says of %d runs, %d of them of a sweep, that the sweep misses those', (count, ofSweeps, line) => {
    const names = Array.from({ length: count }, (_, index) => `run ${index}`);
    expect(
      deletionText(names, 999, { ...facts, ofSweeps })
        .detail.split('\n')
        .at(-1),
    ).toBe(line);
  });

  it.each([
    [1, 1, 'It may still be in training on another host or in another container'],
    [3, 2, '2 of them may still be in training on another host or in another container'],
  ])('says of %d runs, %d of them out of sight, that those may still be in training', (count, outOfSight, line) => {
    const names = Array.from({ length: count }, (_, index) => `run ${index}`);
    expect(deletionText(names, 999, { ...facts, outOfSight }).detail).toContain(line);
  });

  it('counts the bytes of all files of a run', async () => {
    const folder = path.join(temporaryFolder(), 'run');
    mkdirSync(path.join(folder, 'adapter'), { recursive: true });
    writeFileSync(path.join(folder, 'run.json'), '12345');
    writeFileSync(path.join(folder, 'adapter', 'adapter.safetensors'), '1234567');
    expect(await folderBytes(folder)).toBe(12);
    expect(await folderBytes(path.join(folder, 'nowhere'))).toBe(0);
  });
});

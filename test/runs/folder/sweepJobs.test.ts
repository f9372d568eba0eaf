import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { addJobLine, readBatches, slurmFolder } from '../../../extension/runs/folder/sweepJobs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it('keeps what was submitted, with its id once it is known, through lines that were cut off', () => {
  const folder = temporaryFolder();
  expect(readBatches(folder)).toEqual([]);
  mkdirSync(slurmFolder(folder));
  const batch = (number: number) => ({
    ...{ batch: number, name: `peft-x-${number}`, stage: 0, submittedAt: '2026-01-31T12:00:00.000Z' },
    tasks: [[[0, 0, 0] as [number, number, number]], [[0, 1, 0] as [number, number, number]]],
  });
  addJobLine(folder, batch(1));
  addJobLine(folder, { batch: 1, id: '71' });
  appendFileSync(path.join(slurmFolder(folder), 'jobs.jsonl'), '\n{"batch":9,"na');
  addJobLine(folder, batch(2));
  addJobLine(folder, { batch: 1, cancelled: true });
  expect(readBatches(folder)).toEqual([
    { ...batch(1), id: '71', cancelled: true },
    { ...batch(2), id: undefined, cancelled: false },
  ]);
});

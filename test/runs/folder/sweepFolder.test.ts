import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  askSweepToStop,
  clearSweepStop,
  createSweep,
  isSweepAskedToStop,
} from '../../../extension/runs/folder/sweepFolder.ts';
import { addJobLine, readBatches, slurmFolder } from '../../../extension/runs/folder/sweepJobs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it.runIf(process.platform !== 'win32')("does not follow the links of a sweep's stop, jobs and scripts", () => {
  const base = temporaryFolder();
  const sweep = { path: '/reviews.sweep.yaml', text: '', experiments: [], codeVersion: '0' };
  const folder = createSweep(path.join(base, 'runs'), sweep);
  const precious = path.join(base, 'precious');
  writeFileSync(precious, 'kept');
  symlinkSync(precious, path.join(folder, 'stop'));
  askSweepToStop(folder);
  expect(lstatSync(path.join(folder, 'stop')).isFile()).toBe(true);
  expect(isSweepAskedToStop(folder)).toBe(true);
  clearSweepStop(folder);
  expect(isSweepAskedToStop(folder)).toBe(false);

  mkdirSync(slurmFolder(folder));
  symlinkSync(precious, path.join(slurmFolder(folder), 'jobs.jsonl'));
  expect(() => addJobLine(folder, { batch: 1, id: '71' })).toThrow('jobs.jsonl: must not be a link');
  expect(readFileSync(precious, 'utf8')).toBe('kept');

  const other = createSweep(path.join(base, 'runs'), sweep);
  mkdirSync(path.join(base, 'elsewhere'));
  symlinkSync(path.join(base, 'elsewhere'), slurmFolder(other));
  expect(() => addJobLine(other, { batch: 1, id: '71' })).toThrow('slurm: must not be a link');
  expect(readdirSync(path.join(base, 'elsewhere'))).toEqual([]);
  expect(readBatches(other)).toEqual([]);
});

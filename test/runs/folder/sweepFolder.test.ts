import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  askSweepToStop,
  clearSweepStop,
  createSweep,
  isSweepAskedToStop,
  readVerdict,
  writeVerdict,
} from '../../../extension/runs/folder/sweepFolder.ts';
import { addJobLine, readBatches, slurmFolder } from '../../../extension/runs/folder/sweepJobs.ts';
import { runEntry } from '../../support/runEntry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it.runIf(process.platform !== 'win32')("does not follow the links of a sweep's stop, jobs and scripts", () => {
  const base = temporaryFolder();
  const sweep = {
    path: '/reviews.sweep.yaml',
    text: '',
    experiments: [],
    codeVersion: '0',
    plan: { layout: 'a', configs: 'b' },
  };
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

/** The run of an index of a sweep, as it ended. */
const runOf = (
  index: number,
  state: 'finished' | 'failed' | 'running',
  endedAt: string | null = '2026-01-31T14:00:00Z',
) => {
  const sweep = {
    id: 'films',
    index,
    stage: index === 0 ? 'tuning' : 'results',
    arm: 'lora',
    experiment: 'a',
  } as const;
  return runEntry({ state, record: { sweep }, summary: { endedAt } });
};

it('believes what a sweep has shown as long as its result runs are those that showed it', () => {
  const folder = temporaryFolder();
  const judged = [runOf(0, 'finished'), runOf(1, 'finished'), runOf(2, 'failed')];
  expect(readVerdict(folder, judged)).toBeUndefined();
  writeVerdict(folder, ['lora is better'], judged);
  expect(readVerdict(folder, judged)).toEqual(['lora is better']);
  // What is tuned judges nothing.
  expect(readVerdict(folder, judged.slice(1))).toEqual(['lora is better']);
  const later = '2026-01-31T15:00:00Z';
  for (const changed of [
    [runOf(1, 'finished'), runOf(2, 'finished', later)],
    [runOf(1, 'finished', later), runOf(2, 'failed')],
    [runOf(1, 'running', null), runOf(2, 'failed')],
    [runOf(2, 'failed')],
  ])
    expect(readVerdict(folder, changed)).toBeUndefined();
});

it('believes what a sweep of an older version has shown', () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'verdict.json'), '{"sentences": ["lora is better"]}');
  expect(readVerdict(folder, [runOf(1, 'finished')])).toEqual(['lora is better']);
});

import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RunStore, readRunRecord } from '../../../extension/runs/folder/store.ts';
import { createSweep, readSweepRecord, resolveSweep } from '../../../extension/runs/folder/sweepFolder.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A project with a run and a sweep, which is then to be found elsewhere. */
function project() {
  const base = temporaryFolder();
  const folder = path.join(base, 'before');
  const inProject = (at: string, name: string): string => path.join(base, at, name);
  mkdirSync(folder);
  for (const name of ['films.peft.yaml', 'films.sweep.yaml']) writeFileSync(path.join(folder, name), '');
  const runs = path.join('.peft-lab', 'runs');
  const configPath = path.join(folder, 'films.peft.yaml');
  const run = new RunStore(path.join(folder, runs)).create(newRun({ configPath, baseFolder: folder }));
  const texts = {
    path: path.join(folder, 'films.sweep.yaml'),
    text: '',
    experiments: [],
    codeVersion: '0',
    plan: { layout: 'a', configs: 'b' },
  };
  const sweep = path.basename(createSweep(path.join(folder, runs), texts));
  const seenIn = async (at: string) => {
    const store = new RunStore(inProject(at, runs));
    const { configPath, baseFolder } = readRunRecord(path.join(store.folder, run.id));
    expect((await store.read(path.join(store.folder, run.id))).record).toMatchObject({ configPath, baseFolder });
    return { configPath, baseFolder, sweep: readSweepRecord(path.join(store.folder, '.sweeps', sweep)).path };
  };
  return { base, inProject, runs, sweep, seenIn };
}

it.each([
  ['renamed', renameSync],
  ['copied', (from: string, to: string) => cpSync(from, to, { recursive: true })],
])('finds the config of a run and the file of a sweep in a project that was %s', async (_, take) => {
  const { base, inProject, runs, sweep, seenIn } = project();
  take(path.join(base, 'before'), path.join(base, 'after'));
  expect(await seenIn('after')).toEqual({
    configPath: inProject('after', 'films.peft.yaml'),
    baseFolder: path.join(base, 'after'),
    sweep: inProject('after', 'films.sweep.yaml'),
  });
  const found = resolveSweep(inProject('after', runs), inProject('after', 'films.sweep.yaml'));
  expect(path.basename(found)).toBe(sweep);
});

it('keeps to the places on record where the runs folder alone was taken elsewhere', async () => {
  const { base, inProject, runs, seenIn } = project();
  mkdirSync(path.join(base, 'after', '.peft-lab'), { recursive: true });
  renameSync(inProject('before', runs), inProject('after', runs));
  const recorded = { configPath: inProject('before', 'films.peft.yaml'), baseFolder: path.join(base, 'before') };
  expect(await seenIn('after')).toEqual({ ...recorded, sweep: inProject('before', 'films.sweep.yaml') });
  rmSync(path.join(base, 'before'), { recursive: true });
  expect(await seenIn('after')).toMatchObject(recorded);
});

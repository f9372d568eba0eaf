import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepLeftovers } from '../../extension/files/leftovers.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const long = new Date(Date.now() - 2 * 3_600_000);

/** A file or folder that nobody has touched for two hours. */
function old(file: string, isFolder = false): void {
  if (isFolder) mkdirSync(file, { recursive: true });
  else writeFileSync(file, 'x');
  utimesSync(file, long, long);
}

describe('what killed processes left aside', () => {
  it('is removed when it was not touched for an hour, and nothing else', () => {
    const folder = temporaryFolder();
    old(path.join(folder, 'notes.json.00112233.tmp'));
    old(path.join(folder, 'notes.json'));
    writeFileSync(path.join(folder, 'run.json.44556677.tmp'), 'under way');
    sweepLeftovers(folder, /\.[0-9a-f]{8}\.tmp$/);
    expect(readdirSync(folder).sort()).toEqual(['notes.json', 'run.json.44556677.tmp']);
  });

  it('is never followed out of the folder, and a folder that is not there is no fault', () => {
    const folder = temporaryFolder();
    const outside = path.join(folder, 'outside');
    old(path.join(outside, 'kept'), true);
    const own = path.join(folder, 'own');
    mkdirSync(own);
    symlinkSync(outside, path.join(own, 'a.00112233.tmp'));
    sweepLeftovers(own, /\.tmp$/);
    expect(existsSync(path.join(outside, 'kept'))).toBe(true);
    expect(() => sweepLeftovers(path.join(folder, 'nothing'), /./)).not.toThrow();
  });

  it('removes what is left of a run in the making with the next run', () => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    old(path.join(store.folder, '.new-001122334455'), true);
    old(path.join(store.folder, '.deleted-001122334455'), true);
    const { id } = store.create(newRun());
    expect(readdirSync(store.folder)).toEqual([id]);
  });
});

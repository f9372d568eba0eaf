import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalLine } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { isStopRequested } from '../../extension/runs/folder/control.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { end, hello, newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Things that somebody may have put in the place of a file of a run. */
const stands: Readonly<Record<string, (file: string) => void>> = {
  'a link to a device': (file) => symlinkSync('/dev/zero', file),
  'a pipe': (file) => void execFileSync('mkfifo', [file]),
  'a folder': (file) => mkdirSync(file),
  'a file as large as a disk': (file) => {
    writeFileSync(file, '');
    truncateSync(file, 2 ** 40);
  },
};
const files = [runFiles.record, runFiles.notes, runFiles.summary, runFiles.process, runFiles.claim, runFiles.journal];

describe.runIf(process.platform !== 'win32').each(Object.keys(stands))('where a file of a run is %s', (what) => {
  it.each(files)('%s: this run alone is unreadable, and says why', async (name) => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    const [whole, hostile] = [store.create(newRun()), store.create(newRun())];
    for (const { folder } of [whole, hostile]) writeFileSync(path.join(folder, runFiles.journal), journalLine(hello()));
    const file = path.join(hostile.folder, name);
    rmSync(file, { force: true });
    stands[what]!(file);
    const { runs, unreadable } = await new RunStore(store.folder).list();
    expect(runs.map(({ id }) => id)).toEqual([whole.id]);
    expect(unreadable).toMatchObject([
      { id: hostile.id, problem: expect.stringMatching(/: must (be a file|have at most)/) },
    ]);
    expect(unreadable[0]!.problem).toContain(file);
    await expect(store.read(hostile.folder)).rejects.toThrow(/must (be a file|have at most)/);
  });

  it('a request is none', () => {
    const folder = temporaryFolder();
    stands[what]!(path.join(folder, runFiles.control));
    expect(isStopRequested(folder)).toBe(false);
  });
});

it.runIf(process.platform !== 'win32')('a ticket that links to itself spoils its own run alone', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const [whole, hostile] = [store.create(newRun()), store.create(newRun())];
  const file = path.join(hostile.folder, runFiles.ticket);
  rmSync(file);
  symlinkSync(file, file);
  const { runs, unreadable } = await new RunStore(store.folder).list();
  expect(runs.map(({ id, state }) => [id, state])).toEqual([
    [whole.id, 'queued'],
    [hostile.id, 'unknown'],
  ]);
  expect(unreadable).toEqual([]);
});

it('a record that nests without end spoils its own run alone', async () => {
  const store = new RunStore(path.join(temporaryFolder(), 'runs'));
  const [whole, hostile] = [store.create(newRun()), store.create(newRun())];
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  writeFileSync(path.join(hostile.folder, runFiles.record), JSON.stringify({ config: 0 }).replace('0', deep));
  writeFileSync(path.join(whole.folder, runFiles.journal), journalLine(end('finished', 1)));
  const { runs, unreadable } = await new RunStore(store.folder).list();
  expect(runs.map(({ id }) => id)).toEqual([whole.id]);
  expect(unreadable).toMatchObject([{ id: hostile.id, problem: expect.stringContaining('run.json') }]);
});

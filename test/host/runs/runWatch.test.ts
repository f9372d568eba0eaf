import { appendFileSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import { runFiles } from '../../../extension/contract/run.ts';
import { type RunChange, RunWatch } from '../../../extension/host/runs/runWatch.ts';
import { updateNotes } from '../../../extension/runs/folder/notes.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { at, end, evaluation, hello, newRun, progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const patience = { timeout: 20_000, interval: 5 };

/** A watch that looks when it is told to; what it tells is kept as `before → after`. */
function watched(store = new RunStore(path.join(temporaryFolder(), 'runs'))) {
  const told: (readonly RunChange[])[] = [];
  const firsts: boolean[] = [];
  const errors: unknown[] = [];
  const watch = new RunWatch(store.folder, {
    onChange: (changes, first) => {
      told.push(changes);
      firsts.push(first);
    },
    onError: (error) => errors.push(error),
    intervalMs: 5,
  });
  onTestFinished(() => watch.close());
  const states = (): string[] =>
    told.splice(0).flatMap((changes) => changes.map(({ before, after }) => `${before?.state} → ${after?.state}`));
  /** Waits until one run has gone from state to state. While its folder goes it may be seen without its record first. */
  const toldOf = (change: string): Promise<void> =>
    vi.waitFor(() => expect(states().filter((state) => state !== 'undefined → undefined')).toEqual([change]), patience);
  return { store, watch, told, firsts, errors, states, toldOf };
}

function write(folder: string, ...events: JournalEvent[]): void {
  appendFileSync(path.join(folder, runFiles.journal), events.map(journalLine).join(''));
}

describe('RunWatch', () => {
  it('tells of runs that come, move on, end and go, whoever does it', async () => {
    const { store, watch, states } = watched();
    await watch.refresh();
    expect(watch.loaded).toBe(true);
    expect(states()).toEqual([]);

    const { folder } = store.create(newRun());
    await watch.refresh();
    expect(states()).toEqual(['undefined → queued']);

    const self = await currentProcess();
    writeFileSync(path.join(folder, runFiles.process), JSON.stringify({ ...self, attempt: 1 }));
    write(folder, { ...hello(), time: self.claimedAt }, progress(1));
    await watch.refresh();
    expect(states()).toEqual(['queued → running']);
    await watch.refresh();
    expect(states()).toEqual([]);

    write(folder, { ...end('finished', 9), time: new Date(Date.now() + 1000).toISOString() });
    await watch.refresh();
    expect(states()).toEqual(['running → finished']);

    updateNotes(folder, { name: 'mine' });
    await watch.refresh();
    expect(watch.run(folder)?.notes.name).toBe('mine');
    expect(states()).toEqual(['finished → finished']);

    rmSync(folder, { recursive: true });
    await watch.refresh();
    expect(states()).toEqual(['finished → undefined']);
    expect(watch.runs).toEqual([]);
  });

  it('says once that all runs were read: after the last of them, and for a folder that cannot be read', async () => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    for (let index = 0; index < 70; index++) store.create(newRun());
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const [folder, expected] of [
      [store.folder, ['60 runs', '10 runs', 'loaded']],
      [path.join(file, 'runs'), ['error', 'loaded', 'error']],
      [path.join(temporaryFolder(), 'nothing'), ['loaded']],
    ] as const) {
      const told: string[] = [];
      const watch = new RunWatch(folder, {
        onChange: ({ length }) => told.push(`${length} runs`),
        onLoaded: () => told.push('loaded'),
        onError: () => told.push('error'),
      });
      await watch.refresh();
      await watch.refresh();
      expect(told, folder).toEqual(expected);
      watch.close();
    }
  });

  it('reads the newest first, and says that all this is not news', async () => {
    const store = new RunStore(path.join(temporaryFolder(), 'runs'));
    for (let index = 0; index < 70; index++) store.create(newRun());
    const { watch, told, firsts } = watched(store);
    await watch.refresh();
    expect(told.map(({ length }) => length)).toEqual([60, 10]);
    expect(firsts).toEqual([true, true]);
    const shown = told.flat().map(({ folder }) => folder);
    expect(shown).toEqual([...shown].sort().reverse());
    store.create(newRun());
    await watch.refresh();
    expect(firsts).toEqual([true, true, false]);
  });

  it('agrees with another watch on the same folder', async () => {
    const one = watched();
    const two = watched(one.store);
    const folders = [1, 2, 3].map(() => one.store.create(newRun()).folder);
    write(folders[0]!, hello(), progress(3), evaluation(3, 0.8), end('finished', 3));
    write(folders[1]!, hello(), end('failed', 0, 'loss became NaN'));
    await Promise.all([one.watch.refresh(), two.watch.refresh()]);
    updateNotes(folders[0]!, { tags: ['a'] });
    await one.store.delete(folders[1]!);
    await Promise.all([one.watch.refresh(), two.watch.refresh()]);
    expect(one.watch.runs).toHaveLength(2);
    expect(two.watch.runs).toEqual(one.watch.runs);
  });

  it('tells garbage, half lines and foreign folders apart without losing a run', async () => {
    const { store, watch } = watched();
    const { folder } = store.create(newRun());
    write(folder, hello(), progress(5), evaluation(5, 0.75));
    appendFileSync(path.join(folder, runFiles.journal), '\0\0\x01 {"type":"progress"\n[]\n{"type":"end","sta');
    mkdirSync(path.join(store.folder, 'foreign'));
    mkdirSync(path.join(store.folder, 'broken'));
    writeFileSync(path.join(store.folder, 'broken', runFiles.record), '{"version": 99}');
    writeFileSync(path.join(store.folder, 'a file'), '');
    await watch.refresh();
    expect(watch.run(folder)).toMatchObject({ state: 'unknown', summary: { step: 5, metrics: { accuracy: 0.75 } } });
    const problems = watch.unreadable.map((run) => `${path.basename(run.folder)}: ${run.problem}`).sort();
    expect(problems[0]).toMatch(/^broken: run\.json is not of version 1 of this program/);
    expect(problems[1]).toBe('foreign: is not a run folder: it has no run.json');

    rmSync(path.join(store.folder, 'broken'), { recursive: true });
    await watch.refresh();
    expect(watch.unreadable).toHaveLength(1);
  });

  it.runIf(process.platform !== 'win32')('tells of all other runs where one cannot be looked at', async () => {
    const { store, watch, errors, states } = watched();
    const [whole, odd] = [store.create(newRun()).folder, store.create(newRun()).folder];
    write(whole, hello(), end('stopped', 3));
    // A file that links to itself cannot be looked at by anyone, the administrator neither.
    const file = path.join(odd, runFiles.journal);
    symlinkSync(file, file);
    await watch.refresh();
    await watch.refresh();
    expect(errors).toEqual([]);
    expect(states().filter((state) => state !== 'undefined → undefined')).toEqual(['undefined → stopped']);
    expect(watch.unreadable).toMatchObject([{ folder: odd, problem: expect.stringContaining('ELOOP') }]);
    rmSync(file);
    await watch.refresh();
    expect(states()).toEqual(['undefined → queued']);
  });

  it('takes a copy for a run of its own once the run beside it is gone', async () => {
    const { store, watch } = watched();
    const { id, folder } = store.create(newRun());
    cpSync(folder, `${folder}-copy`, { recursive: true });
    await watch.refresh();
    expect(watch.unreadable).toMatchObject([{ problem: `is a copy of ${id}; move it elsewhere` }]);
    rmSync(folder, { recursive: true });
    await watch.refresh();
    expect(watch.unreadable).toEqual([]);
    expect(watch.runs).toMatchObject([{ folder: `${folder}-copy` }]);
  });

  it('never takes a run of another machine for alive or dead', async () => {
    const { store, watch } = watched();
    const self = await currentProcess();
    const { folder } = store.create(newRun(), { ...self, host: 'elsewhere', bootId: 'other' });
    write(folder, hello(), progress(5));
    await watch.refresh();
    expect(watch.run(folder)).toMatchObject({
      state: 'unknown',
      message: `taken by process ${self.pid} on host elsewhere, out of sight from here`,
    });
  });

  it('sees the folder of all runs go and come again', async () => {
    const { store, watch, toldOf, errors } = watched();
    const { folder } = store.create(newRun());
    write(folder, hello(), end('stopped', 3));
    watch.start();
    await toldOf('undefined → stopped');
    renameSync(store.folder, `${store.folder} aside`);
    await toldOf('stopped → undefined');
    renameSync(`${store.folder} aside`, store.folder);
    await toldOf('undefined → stopped');
    expect(errors).toEqual([]);
  });

  it('goes on after the folder could not be read', async () => {
    const { store, watch, errors } = watched();
    mkdirSync(path.dirname(store.folder), { recursive: true });
    writeFileSync(store.folder, 'a file where a folder should be');
    await watch.refresh();
    expect(errors).toHaveLength(1);
    rmSync(store.folder);
    store.create(newRun());
    await watch.refresh();
    expect(watch.runs).toHaveLength(1);
  });

  it('tells nothing any more once it is closed', async () => {
    const { store, watch, told } = watched();
    store.create(newRun());
    const looking = watch.refresh();
    watch.close();
    await looking;
    expect(told).toEqual([]);
  });

  it('looks at hundreds of ended runs in turn, and finds what changed in each', async () => {
    const { store, watch, states } = watched();
    const folders = Array.from({ length: 310 }, () => store.create(newRun()).folder);
    for (const folder of folders) write(folder, hello(), { ...end('stopped', 3), time: at(3) });
    await watch.refresh();
    states();
    for (const folder of [folders[0]!, folders[150]!, folders[309]!]) updateNotes(folder, { pinned: true });
    for (let round = 0; round < 2; round++) await watch.refresh();
    expect(states()).toHaveLength(3);
  });
});

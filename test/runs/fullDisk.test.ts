import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { journalLine } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { stopRun } from '../../extension/runs/control/stop.ts';
import { readNotes, updateNotes } from '../../extension/runs/folder/notes.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { readJournal } from '../../extension/runs/journal/journalReader.ts';
import { JournalWriter } from '../../extension/runs/journal/journalWriter.ts';
import { currentProcess, identify } from '../../extension/runs/process/process.ts';
import { end, evaluation, hello, newRun, progress } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** While set, no file can be made anew, written or moved: what a full disk, and one mounted for reading, answer. */
const fault = vi.hoisted(() => ({ code: undefined as string | undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const openSync: typeof real.openSync = (file, flags, mode) => {
    const { O_WRONLY, O_RDWR } = real.constants;
    const writes = typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR)) !== 0 : flags !== 'r';
    if (fault.code !== undefined && writes) throw Object.assign(new Error(fault.code), { code: fault.code });
    return real.openSync(file, flags, mode);
  };
  const writeSync = ((...args: Parameters<typeof real.writeSync>) => {
    if (fault.code !== undefined) throw Object.assign(new Error(fault.code), { code: fault.code });
    return real.writeSync(...args);
  }) as typeof real.writeSync;
  return { ...real, openSync, writeSync };
});
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const rename: typeof real.rename = (from, to) =>
    fault.code === undefined
      ? real.rename(from, to)
      : Promise.reject(Object.assign(new Error(fault.code), { code: fault.code }));
  return { ...real, rename };
});
afterEach(() => {
  fault.code = undefined;
});

function store() {
  const made = new RunStore(path.join(temporaryFolder(), 'runs'));
  const { folder } = made.create(newRun());
  const journal = [hello(), progress(5), evaluation(5, 0.8), end('finished', 5)].map(journalLine).join('');
  writeFileSync(path.join(folder, runFiles.journal), journal);
  return { store: made, folder };
}

describe.each([
  ['ENOSPC', 'the disk is full (ENOSPC); free some space, then'],
  ['EROFS', 'cannot be written (EROFS); make the folder writable'],
])('where nothing can be written (%s)', (code, told) => {
  it('runs are read as ever, without their caches', async () => {
    const { store: runs, folder } = store();
    fault.code = code;
    const [run] = (await runs.list()).runs;
    expect(run).toMatchObject({ state: 'finished', summary: { metrics: { accuracy: 0.8 } } });
    expect(existsSync(path.join(folder, runFiles.summary))).toBe(false);
  });

  it('a journal fails in words, and takes what comes once there is room', async () => {
    const { folder } = store();
    const file = path.join(folder, runFiles.journal);
    const journal = new JournalWriter(file);
    fault.code = code;
    expect(() => journal.append(progress(6))).toThrow(`${file}: ${told}`);
    fault.code = undefined;
    journal.append(progress(7));
    journal.close();
    const { events, skippedLines } = await readJournal(file);
    expect([events.at(-1), skippedLines]).toEqual([progress(7), 0]);
  });

  it('notes and deletion fail in words, and leave everything as it was', async () => {
    const { store: runs, folder } = store();
    updateNotes(folder, { name: 'before' });
    fault.code = code;
    const file = path.join(folder, runFiles.notes);
    expect(() => updateNotes(folder, { name: 'after' })).toThrow(`${file}: ${told}`);
    await expect(runs.delete(folder)).rejects.toThrow(`${folder}: ${told}`);
    fault.code = undefined;
    expect(readNotes(folder).name).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(readdirSync(runs.folder)).toEqual([path.basename(folder)]);
  });

  it('a run is stopped by signals alone', async () => {
    const { store: runs, folder } = store();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    const killed = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const holder = { ...(await currentProcess()), ...(await identify(child.pid!)), attempt: 2 };
    writeFileSync(path.join(folder, runFiles.process), JSON.stringify(holder));
    const stages: string[] = [];
    fault.code = code;
    await stopRun(runs, folder, {
      graceMs: 30_000,
      termMs: 30_000,
      pollMs: 5,
      onStage: (stage) => stages.push(stage),
    });
    expect(await killed).toBe('SIGTERM');
    expect(stages).toEqual(['terminating']);
  });
});

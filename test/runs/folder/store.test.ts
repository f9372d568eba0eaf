import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import { runFiles } from '../../../extension/contract/run.ts';
import { readNotes, updateNotes } from '../../../extension/runs/folder/notes.ts';
import { RunStore, readRunRecord } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { at, end, evaluation, hello, newRun, progress } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const newStore = (): RunStore => new RunStore(path.join(temporaryFolder(), 'runs'));

function writeJournal(folder: string, ...events: JournalEvent[]): void {
  writeFileSync(path.join(folder, runFiles.journal), events.map(journalLine).join(''));
}

describe('RunStore.create', () => {
  it('makes a folder named by time and methods that holds the record', async () => {
    const store = newStore();
    const { id, folder } = store.create(newRun({ methods: 'prefix + adapter + ln-tuning' }));
    expect(id).toMatch(/^\d{8}-\d{6}-\d{3}-prefix-adapter-ln-tuning-[0-9a-f]{4}$/);
    expect(readRunRecord(folder)).toMatchObject({ version: 1, id, methods: 'prefix + adapter + ln-tuning' });
    expect(readdirSync(store.folder)).toEqual([id]);
  });

  it('makes different folders however many are made at once', () => {
    const store = newStore();
    const ids = Array.from({ length: 200 }, () => store.create(newRun()).id);
    expect(new Set(ids).size).toBe(200);
    const times = ids.map((id) => id.slice(0, 19));
    expect(times).toEqual([...times].sort());
  });

  it('is taken from the start when a process is to run it', async () => {
    const store = newStore();
    const { folder } = store.create(newRun(), await currentProcess());
    expect((await store.read(folder)).state).toBe('running');
  });

  it('says what is wrong with a folder that cannot be written, and leaves nothing behind', () => {
    const parent = temporaryFolder();
    writeFileSync(path.join(parent, 'runs'), 'a file');
    expect(() => new RunStore(path.join(parent, 'runs')).create(newRun())).toThrow(
      `${path.join(parent, 'runs')}: is not a folder: a file or a link is in its way (ENOTDIR); choose another`,
    );
  });
});

describe('RunStore.list', () => {
  it('is empty for a folder that is not there', async () => {
    expect(await newStore().list()).toEqual({ runs: [], unreadable: [] });
  });

  it('reports a folder that cannot be read', async () => {
    const file = path.join(temporaryFolder(), 'runs');
    writeFileSync(file, 'a file');
    await expect(new RunStore(file).list()).rejects.toThrow(
      `${file}: runs cannot be read, got ENOTDIR; choose another`,
    );
  });

  it('tells state and metrics from the journal alone, and then caches them', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    writeJournal(folder, hello(), progress(5), evaluation(5, 0.8), end('finished', 5));
    const [run] = (await store.list()).runs;
    expect(run).toMatchObject({ state: 'finished', summary: { step: 5, metrics: { accuracy: 0.8 } } });
    expect(JSON.parse(readFileSync(path.join(folder, runFiles.summary), 'utf8'))).toEqual(run?.summary);
    expect((await store.list()).runs).toEqual([run]);
  });

  it('does not believe a summary that the journal has outgrown, or that is garbage', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    writeJournal(folder, hello(), progress(5), end('stopped', 5));
    await store.list();
    writeJournal(
      folder,
      hello(),
      progress(5),
      end('stopped', 5),
      hello(6),
      { type: 'resumed', time: at(6), step: 5 },
      end('finished', 9),
    );
    expect((await store.read(folder)).state).toBe('finished');
    writeFileSync(path.join(folder, runFiles.summary), '{"version":');
    expect((await store.read(folder)).state).toBe('finished');
  });

  it('never takes a run for alive whose process is gone', async () => {
    const store = newStore();
    const gone = { ...(await currentProcess()), startTime: '1' };
    const { folder } = store.create(newRun(), gone);
    writeJournal(folder, hello(), progress(5));
    expect(await store.read(folder)).toMatchObject({ state: 'died', message: expect.stringMatching(/^cause unknown/) });
    const { folder: elsewhere } = store.create(newRun(), { ...gone, host: 'elsewhere' });
    expect((await store.read(elsewhere)).state).toBe('unknown');
  });

  it('tells foreign, newer and broken folders apart without losing the others', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    for (const [name, text] of [
      ['newer', JSON.stringify({ ...readRunRecord(folder), version: 2 })],
      ['odd', JSON.stringify({ ...readRunRecord(folder), config: { ...newRun().config, methods: ['ln-tuning'] } })],
      ['broken', '{'],
      ['old', JSON.stringify({ ...readRunRecord(folder), codeVersion: '0.1.0', base: undefined })],
    ] as const) {
      mkdirSync(path.join(store.folder, name));
      writeFileSync(path.join(store.folder, name, runFiles.record), text);
    }
    mkdirSync(path.join(store.folder, 'foreign'));
    mkdirSync(path.join(store.folder, '.new-in-the-making'));
    writeFileSync(path.join(store.folder, 'file'), '');
    const { runs, unreadable } = await store.list();
    expect(runs.map((run) => run.folder)).toEqual([folder]);
    expect(unreadable.map(({ id, problem }) => `${id} ${problem}`).sort()).toEqual([
      'broken run.json is not of version 1 of this program (not JSON)',
      'foreign is not a run folder: it has no run.json',
      expect.stringMatching(/^newer run.json is not of version 1 of this program \(version: /),
      expect.stringMatching(/^odd run.json is not of version 1 of this program \(config.methods.0: /),
      'old was made by 0.1.0, and this version reads runs and sweeps since 0.2.0; look at it with that one, or delete it',
    ]);
    expect(() => readRunRecord(path.join(store.folder, 'old'))).toThrow(
      /old: was made by 0\.1\.0, and this version reads/,
    );
  });

  it('lists the copy of a run beside it as unreadable, and as a run where it is moved away', async () => {
    const store = newStore();
    const { id, folder } = store.create(newRun());
    const copy = `${folder}-backup`;
    cpSync(folder, copy, { recursive: true });
    const { runs, unreadable } = await store.list();
    expect(runs.map((run) => run.folder)).toEqual([folder]);
    const problem = `is a copy of ${id}; move it elsewhere`;
    expect(unreadable).toEqual([expect.objectContaining({ folder: copy, problem })]);
    await expect(store.read(copy)).rejects.toThrow(`${copy}: ${problem}`);

    const elsewhere = path.join(temporaryFolder(), 'kept');
    renameSync(copy, elsewhere);
    expect(await store.read(elsewhere)).toMatchObject({ id, folder: elsewhere });
  });

  it('keeps the recorded config as it stands, keys of other versions and their order included', () => {
    const store = newStore();
    const data = { train: { file: 'a.tsv', format: 'tsv', limit: null }, validation: null, test: null };
    const config = { task: 'classification', device: 'cpu', data, gone: 1, methods: [{ lora: {} }], training: {} };
    const { folder } = store.create(newRun());
    const file = path.join(folder, runFiles.record);
    writeFileSync(file, JSON.stringify({ ...readRunRecord(folder), config }));
    expect(JSON.stringify(readRunRecord(folder).config)).toBe(JSON.stringify(config));
  });

  it('counts garbage in a journal as nothing', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    writeFileSync(
      path.join(folder, runFiles.journal),
      `\0\0garbage\n${journalLine(hello())}{}\n${journalLine(end('failed', 3))}{"half`,
    );
    expect((await store.read(folder)).state).toBe('failed');
  });

  it('reads no journal whose summary is fresh', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    writeJournal(folder, hello(), progress(5), end('finished', 5));
    const before = await store.read(folder);
    const journal = path.join(folder, runFiles.journal);
    writeFileSync(journal, 'x'.repeat(readFileSync(journal).length));
    expect(await store.read(folder)).toEqual(before);
  });
});

describe('RunStore.resolve', () => {
  it('knows a run by id, by part of it, by path and as the last one', () => {
    const store = newStore();
    const first = store.create(newRun({ methods: 'bitfit' }));
    const second = store.create(newRun({ methods: 'lora' }));
    expect(store.resolve(first.id)).toBe(first.folder);
    expect(store.resolve('bitfit')).toBe(first.folder);
    expect(store.resolve(second.folder)).toBe(second.folder);
    expect(store.resolve('last')).toBe(second.folder);
    expect(() => store.resolve('-')).toThrow(
      /^run -: must name one run, matches .*bitfit.*, .*lora.*; give more of its name$/,
    );
    expect(() => store.resolve('nothing')).toThrow(
      `run nothing: no such run in ${store.folder}; list them with \`peft-lab runs\``,
    );
  });

  it('means no copy of a run beside it, unless by its whole name', () => {
    const store = newStore();
    const { id, folder } = store.create(newRun());
    cpSync(folder, `${folder}-backup`, { recursive: true });
    expect(store.resolve('last')).toBe(folder);
    expect(store.resolve(id.slice(0, -1))).toBe(folder);
    expect(store.resolve(`${id}-backup`)).toBe(`${folder}-backup`);
  });
});

describe('a run whose folder has another name', () => {
  it('is found by the id that lists tell, by a part of it, and by the name of its folder', () => {
    const store = newStore();
    const { id, folder } = store.create(newRun());
    const renamed = path.join(store.folder, 'best so far');
    renameSync(folder, renamed);
    for (const name of [id, id.slice(0, -1), 'best so far', 'best', 'last']) expect(store.resolve(name)).toBe(renamed);
  });
});

describe('RunStore.delete', () => {
  it('deletes a run, but never a protected or running one', async () => {
    const store = newStore();
    const { folder } = store.create(newRun());
    updateNotes(folder, { protected: true });
    await expect(store.delete(folder)).rejects.toMatchObject({ code: 'protected' });
    updateNotes(folder, { protected: false });
    await store.delete(folder);
    expect(readdirSync(store.folder)).toEqual([]);
    const running = store.create(newRun(), await currentProcess());
    await expect(store.delete(running.folder)).rejects.toMatchObject({ code: 'state' });
    expect(existsSync(running.folder)).toBe(true);
  });
});

describe('notes', () => {
  it('change part by part and are empty when never written', async () => {
    const folder = temporaryFolder();
    expect(readNotes(folder)).toEqual({ name: '', tags: [], note: '', pinned: false, protected: false });
    updateNotes(folder, { name: 'baseline', tags: ['paper'] });
    expect(updateNotes(folder, { pinned: true })).toEqual({
      name: 'baseline',
      tags: ['paper'],
      note: '',
      pinned: true,
      protected: false,
    });
    rmSync(path.join(folder, runFiles.notes));
    writeFileSync(path.join(folder, runFiles.notes), '[]');
    expect(() => updateNotes(folder, { name: 'x' })).toThrow(/must be the notes of a run/);
  });
});

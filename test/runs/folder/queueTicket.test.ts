import { cpSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runFiles } from '../../../extension/contract/run.ts';
import { keepQueueLimit, queueLimit } from '../../../extension/runs/control/queueLimit.ts';
import { endUnworked, leaveQueue } from '../../../extension/runs/control/stop.ts';
import { claimRun, releaseClaim } from '../../../extension/runs/folder/claim.ts';
import { queuedElsewhere } from '../../../extension/runs/folder/state.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { createSweep } from '../../../extension/runs/folder/sweepFolder.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

vi.mock('node:fs', { spy: true });

let base: string;
let store: RunStore;
beforeEach(() => {
  base = temporaryFolder();
  vi.stubEnv('XDG_STATE_HOME', path.join(base, 'state'));
  store = new RunStore(path.join(base, 'work', '.peft-lab', 'runs'));
});
afterEach(() => vi.unstubAllEnvs());

const stateOf = async (folder: string): Promise<string> => {
  const { state, message } = await new RunStore(path.dirname(folder)).read(folder);
  return message === null ? state : `${state}: ${message}`;
};
const elsewhere = `unknown: ${queuedElsewhere}`;

describe('a run that waits', () => {
  it('counts for the user who queued it, where it was queued', async () => {
    const { folder } = store.create(newRun());
    const second = store.create(newRun()).folder;
    expect(await stateOf(folder)).toBe('queued');
    expect(await stateOf(second)).toBe('queued');
    expect(readFileSync(path.join(folder, runFiles.ticket), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    if (process.platform !== 'win32') {
      expect(statSync(path.join(base, 'state', 'peft-lab', 'queue.key')).mode & 0o777).toBe(0o600);
    }
  });

  it('counts where the file system of the secret has no hard links', async () => {
    vi.mocked(linkSync).mockImplementation(() => {
      throw Object.assign(new Error('operation not permitted, link'), { code: 'EPERM' });
    });
    try {
      expect(await stateOf(store.create(newRun()).folder)).toBe('queued');
    } finally {
      vi.mocked(linkSync).mockReset();
    }
  });

  it('says what to do where the secret is an empty file', () => {
    const state = path.join(base, 'state', 'peft-lab');
    mkdirSync(state, { recursive: true });
    writeFileSync(path.join(state, 'queue.key'), '');
    expect(() => store.create(newRun())).toThrow(
      /queue\.key: must be writable to queue a run, got an empty file; set XDG_STATE_HOME/,
    );
  });

  it('does not count for anybody else', async () => {
    const { folder } = store.create(newRun());
    vi.stubEnv('XDG_STATE_HOME', path.join(base, 'nobody'));
    expect(await stateOf(folder)).toBe(elsewhere);
    vi.stubEnv('XDG_STATE_HOME', path.join(base, 'somebody'));
    store.create(newRun());
    expect(await stateOf(folder)).toBe(elsewhere);
  });

  it('does not count when it came with a folder, copied or without a ticket', async () => {
    const { folder, id } = store.create(newRun());
    const clone = path.join(base, 'clone', '.peft-lab', 'runs', id);
    cpSync(folder, clone, { recursive: true });
    expect(await stateOf(clone)).toBe(elsewhere);
    rmSync(path.join(folder, runFiles.ticket));
    expect(await stateOf(folder)).toBe(elsewhere);
    mkdirSync(path.join(folder, runFiles.ticket));
    expect(await stateOf(folder)).toBe(elsewhere);
  });

  it('counts as one that waits to go on until it begins, and is what it was before when it is taken out', async () => {
    const { folder } = store.create(newRun());
    await endUnworked(folder, 'failed', 'out of memory');
    expect(await stateOf(folder)).toBe('failed: out of memory');
    store.requeue(folder);
    expect(await stateOf(folder)).toBe('queued');
    await leaveQueue(folder);
    expect(await stateOf(folder)).toBe('failed: out of memory');
    store.requeue(folder);
    releaseClaim(await claimRun(folder, await currentProcess()));
    expect(await stateOf(folder)).toBe('queued');
    await claimRun(folder, await currentProcess());
    expect(await stateOf(folder)).toBe('running');
  });

  it('does not count with another record than was queued', async () => {
    const { folder } = store.create(newRun());
    const file = path.join(folder, runFiles.record);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"executor": "onnx"', '"executor": "torch"'));
    expect(readFileSync(file, 'utf8')).toContain('torch');
    expect(await stateOf(folder)).toBe(elsewhere);
  });

  it('cannot be queued where no secret can be kept, and says what to do', () => {
    writeFileSync(path.join(base, 'file'), '');
    vi.stubEnv('XDG_STATE_HOME', path.join(base, 'file'));
    expect(() => store.create(newRun())).toThrow(
      /queue\.key: must be writable to queue a run, got .*; set XDG_STATE_HOME/,
    );
    expect(() => store.create(newRun())).toThrow(expect.objectContaining({ code: 'not-writable' }));
  });
});

describe('the limit of a queue', () => {
  it('is kept with it, and one where nobody asked for another', () => {
    const folder = path.join(base, 'runs');
    mkdirSync(folder);
    expect(queueLimit(folder)).toBe(1);
    keepQueueLimit(folder, 3);
    expect(queueLimit(folder)).toBe(3);
    writeFileSync(path.join(folder, '.queue.json'), '{"limit": -1}');
    expect(queueLimit(folder)).toBe(1);
    rmSync(path.join(folder, '.queue.json'));
    mkdirSync(path.join(folder, '.queue.json'));
    expect(queueLimit(folder)).toBe(1);
  });

  it('is no run', async () => {
    store.create(newRun());
    keepQueueLimit(store.folder, 2);
    const { runs, unreadable } = await store.list();
    expect([runs.length, unreadable]).toEqual([1, []]);
  });
});

describe('a folder .peft-lab', () => {
  const ignore = () => path.join(base, 'work', '.peft-lab', '.gitignore');

  it('keeps itself out of git when it is made', () => {
    store.create(newRun());
    expect(readFileSync(ignore(), 'utf8')).toBe('*\n');
  });

  it.each<[string, (runsFolder: string) => void]>([
    [
      'a sweep',
      (folder) =>
        void createSweep(folder, {
          path: '/a.sweep.yaml',
          text: '',
          experiments: [],
          codeVersion: '0',
          plan: { layout: 'a', configs: 'b' },
        }),
    ],
    ['the limit of a queue', (folder) => keepQueueLimit(folder, 2)],
  ])('keeps itself out of git when it is made for %s', (_, make) => {
    make(store.folder);
    expect(readFileSync(ignore(), 'utf8')).toBe('*\n');
  });

  it('leaves an existing folder, and one of another name, as it is', () => {
    mkdirSync(path.dirname(ignore()), { recursive: true });
    store.create(newRun());
    expect(() => statSync(ignore())).toThrow(/ENOENT/);
    new RunStore(path.join(base, 'elsewhere', 'runs')).create(newRun());
    expect(() => statSync(path.join(base, 'elsewhere', '.gitignore'))).toThrow(/ENOENT/);
  });
});

it('a run that was moved with its folder is started by hand', async () => {
  const { folder } = store.create(newRun());
  renameSync(path.join(base, 'work'), path.join(base, 'moved'));
  expect(await stateOf(folder.replace('work', 'moved'))).toBe(elsewhere);
});

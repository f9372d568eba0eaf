import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../../extension/files/makeFolder.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** While set, a file system that is mounted for reading, as Node tells of it. */
const mount = vi.hoisted(() => ({ isReadOnly: false }));
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const mkdirSync = ((folder: string, options?: { recursive?: boolean }) => {
    if (!mount.isReadOnly) return real.mkdirSync(folder, options);
    throw Object.assign(new Error('refused'), { code: options?.recursive ? 'ENOENT' : 'EROFS' });
  }) as typeof real.mkdirSync;
  return { ...real, mkdirSync };
});
afterEach(() => {
  mount.isReadOnly = false;
});

describe('a folder', () => {
  it('is made with those above it, and the topmost is told', () => {
    const base = temporaryFolder();
    expect(makeFolder(path.join(base, 'a', 'b'))).toBe(path.join(base, 'a'));
    expect(makeFolder(path.join(base, 'a', 'b'))).toBeUndefined();
    expect(existsSync(path.join(base, 'a', 'b'))).toBe(true);
  });

  it('refuses a folder on a file system mounted for reading, and says so', () => {
    const base = temporaryFolder();
    mount.isReadOnly = true;
    expect(() => makeFolder(path.join(base, 'a', 'b'))).toThrow(expect.objectContaining({ code: 'EROFS' }));
    const folder = path.join(base, '.peft-lab', 'runs');
    expect(() => new RunStore(folder).create(newRun())).toThrow(
      `${folder}: cannot be written (EROFS); make the folder writable or choose another with --runs`,
    );
  });

  it('refuses a folder where a file stands', () => {
    const base = temporaryFolder();
    writeFileSync(path.join(base, 'file'), '');
    expect(() => makeFolder(path.join(base, 'file', 'a'))).toThrow(/ENOTDIR/);
    expect(() => makeFolder(path.join(base, 'file'))).toThrow(/EEXIST/);
    symlinkSync('nowhere', path.join(base, 'link'));
    expect(() => makeFolder(path.join(base, 'link', 'a'))).toThrow(/EEXIST/);
  });

  it.runIf(existsSync('/proc/self'))('refuses a folder where the system lets nobody make one', () => {
    expect(() => makeFolder('/proc/none/a')).toThrow(/ENOENT.*\/proc\/none/);
    expect(() => new RunStore('/proc/none').create(newRun())).toThrow(
      '/proc/none: cannot be made, for the system lets nobody make folders there (ENOENT); choose another with --runs',
    );
  });
});

import { lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CachedRepository } from '../../extension/hub/hubCache.ts';

const refused = vi.hoisted(() => ({ symlink: false, link: false }));

/** A system that makes no links, as Windows without developer mode. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const refuse = () => Promise.reject(Object.assign(new Error('operation not permitted'), { code: 'EPERM' }));
  return {
    ...real,
    symlink: (...given: Parameters<typeof real.symlink>) => (refused.symlink ? refuse() : real.symlink(...given)),
    link: (...given: Parameters<typeof real.link>) => (refused.link ? refuse() : real.link(...given)),
  };
});

let cache: string;
let model: CachedRepository;
const commit = 'a'.repeat(40);
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
  model = new CachedRepository(cache, { kind: 'model', name: 'acme/bert' });
  await mkdir(join(model.folder, 'blobs'), { recursive: true });
  await writeFile(model.blob('abc'), 'bytes');
});
afterEach(() => rm(cache, { recursive: true }));

describe('CachedRepository', () => {
  it.each([
    ['symbolic link', false, false],
    ['hard link', true, false],
    ['copy', true, true],
  ])('places a %s', async (kind, symlink, link) => {
    Object.assign(refused, { symlink, link });
    await model.place(commit, 'config.json', 'abc');
    await model.place(commit, 'config.json', 'abc');
    const file = join(model.snapshot(commit), 'config.json');
    expect(await readFile(file, 'utf8')).toBe('bytes');
    expect((await lstat(file)).isSymbolicLink()).toBe(kind === 'symbolic link');
    expect((await stat(file)).nlink).toBe(kind === 'hard link' ? 2 : 1);
    expect(await model.has(commit, 'config.json')).toBe(true);
  });

  it('remembers commits of branches, also with slashes', async () => {
    expect(await model.commit('main')).toBeUndefined();
    expect(await model.commit(commit)).toBe(commit);
    await model.rememberCommit('refs/pr/1', commit);
    expect(await model.commit('refs/pr/1')).toBe(commit);
    expect(await readFile(join(model.folder, 'refs/refs/pr/1'), 'utf8')).toBe(commit);
  });

  it('does not count a dangling link', async () => {
    refused.symlink = false;
    await model.place(commit, 'config.json', 'abc');
    await rm(model.blob('abc'));
    expect(await model.has(commit, 'config.json')).toBe(false);
  });
});

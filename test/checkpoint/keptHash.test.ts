import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keptHash } from '../../extension/checkpoint/keptHash.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let folder: string;
let file: string;
const kept = () =>
  readdirSync(path.join(folder, 'cache', 'hashes')).map((name) => path.join(folder, 'cache', 'hashes', name));
const hashed = (name: string) => createHash('sha256').update(readFileSync(name)).digest('hex');

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('PEFT_LAB_CACHE', path.join(folder, 'cache'));
  file = path.join(folder, 'weights');
  writeFileSync(file, Buffer.alloc(17 << 20, 7));
  return () => vi.unstubAllEnvs();
});

describe('the hash of a large file', () => {
  it('is kept, and read again only after a change', async () => {
    const first = await keptHash(file);
    expect(first).toBe(hashed(file));
    expect(kept()).toHaveLength(1);
    // What is kept is what is answered.
    const stored = JSON.parse(readFileSync(kept()[0]!, 'utf8'));
    writeFileSync(kept()[0]!, JSON.stringify({ ...stored, sha256: 'kept' }));
    expect(await keptHash(file)).toBe('kept');
  });

  it('is found anew where the contents changed but size, inode and time of change were put back', async () => {
    const before = await keptHash(file);
    const { atime, mtime } = statSync(file);
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.from([8]), 0, 1, 1000);
    closeSync(descriptor);
    utimesSync(file, atime, mtime);
    const after = await keptHash(file);
    expect(after).not.toBe(before);
    expect(after).toBe(hashed(file));
  });

  it('is found where nothing can be kept', async () => {
    writeFileSync(path.join(folder, 'cache'), 'a file where the folder should be');
    expect(await keptHash(file)).toBe(hashed(file));
  });

  it('is that of a regular file', async () => {
    mkdirSync(path.join(folder, 'sub'));
    await expect(keptHash(path.join(folder, 'sub'))).rejects.toThrow('must be a regular file');
    await expect(keptHash(path.join(folder, 'none'))).rejects.toThrow('does not exist; put the file back');
  });
});

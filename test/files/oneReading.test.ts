import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { hashOnce, readOnce } from '../../extension/files/oneReading.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open) };
});

const limit = 1 << 20;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A file, and how often it has been opened since the last look. */
function fileOf(text: string) {
  const file = path.join(temporaryFolder(), 'a.json');
  writeFileSync(file, text);
  vi.mocked(open).mockClear();
  return { file, opened: () => vi.mocked(open).mock.calls.length };
}

it.each([
  ['small', 'x'],
  ['larger', 'x'.repeat(100_000)],
])('reads a %s file once for its hash and its use, in either order', async (_, text) => {
  const first = fileOf(text);
  expect(await hashOnce(first.file, limit)).toBe(hashOf(text));
  expect(String(await readOnce(first.file, limit))).toBe(text);
  expect(await hashOnce(first.file, limit)).toBe(hashOf(text));
  expect(first.opened()).toBe(1);
  const second = fileOf(text);
  expect(String(await readOnce(second.file, limit))).toBe(text);
  expect(await hashOnce(second.file, limit)).toBe(hashOf(text));
  expect(second.opened()).toBe(1);
});

it('keeps no bytes of a larger file once they were used', async () => {
  const { file, opened } = fileOf('x'.repeat(100_000));
  for (let time = 0; time < 2; time++) await readOnce(file, limit);
  expect(opened()).toBe(2);
});

it('reads a file again that was replaced, written to, or is met by a link to another one', async () => {
  const { file } = fileOf('first');
  const folder = path.dirname(file);
  await readOnce(file, limit);
  writeFileSync(path.join(folder, 'other'), 'other');
  renameSync(path.join(folder, 'other'), file);
  expect(String(await readOnce(file, limit))).toBe('other');
  expect(await hashOnce(file, limit)).toBe(hashOf('other'));
  appendFileSync(file, ' and more');
  expect(await hashOnce(file, limit)).toBe(hashOf('other and more'));
  const link = path.join(folder, 'link');
  symlinkSync(file, link);
  expect(String(await readOnce(link, limit))).toBe('other and more');
});

it('holds every reader to its own limit', async () => {
  const { file } = fileOf('x'.repeat(100));
  await readOnce(file, limit);
  await expect(readOnce(file, 10)).rejects.toThrow('must have at most 10 bytes, got 100');
});

it.runIf(process.platform === 'linux')(
  'refuses what another process feeds as what it is, not as what is not there',
  async () => {
    const child = spawn('cat');
    try {
      await expect(readOnce(`/proc/${child.pid}/fd/0`, limit)).rejects.toMatchObject({
        rule: expect.stringContaining('must be a file'),
      });
    } finally {
      child.kill();
    }
  },
);

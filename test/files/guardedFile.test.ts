import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  guardedSize,
  openGuarded,
  openGuardedSync,
  readGuarded,
  readGuardedSync,
} from '../../extension/files/guardedFile.ts';

const posix = process.platform !== 'win32';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guarded-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

/** The same answer of all four ways through the door. */
async function refused(file: string, limitBytes = 100): Promise<string> {
  const said = (error: unknown): string => (error as Error).message;
  const answers = [
    await readGuarded(file, limitBytes).catch(said),
    await Promise.resolve()
      .then(() => readGuardedSync(file, limitBytes))
      .catch(said),
  ];
  expect(new Set(answers).size).toBe(1);
  return String(answers[0]);
}

async function neverOpened(file: string): Promise<void> {
  await expect(openGuarded(file)).rejects.toThrow(/must be a file, got/);
  expect(() => openGuardedSync(file)).toThrow(/must be a file, got/);
}

describe('the door for files that anyone may have written', () => {
  it('gives a file that is there, through links too', async () => {
    writeFileSync(at('plain'), 'text');
    symlinkSync('plain', at('link'));
    for (const name of ['plain', 'link']) {
      expect(String(await readGuarded(at(name), 4))).toBe('text');
      expect(String(readGuardedSync(at(name), 4))).toBe('text');
    }
    writeFileSync(at('empty'), '');
    expect(readGuardedSync(at('empty'), 0)).toHaveLength(0);
  });

  it('says as the system does that there is none', async () => {
    await expect(readGuarded(at('none'), 1)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => readGuardedSync(at('none'), 1)).toThrow(/ENOENT/);
  });

  it('reads nothing of a file beyond its limit, however large', async () => {
    writeFileSync(at('large'), '');
    truncateSync(at('large'), 2 ** 40);
    expect(await refused(at('large'))).toBe(
      `${at('large')}: must have at most 100 bytes, got ${2 ** 40}; is it the right file?`,
    );
    writeFileSync(at('over'), 'x'.repeat(101));
    expect(await refused(at('over'))).toContain('must have at most 100 bytes, got 101;');
  });

  it.runIf(process.platform === 'linux')('reads files to which the system gives no size, up to the limit', async () => {
    expect(String(readGuardedSync('/proc/self/status', 1 << 20))).toContain('Pid:');
    expect(String(await readGuarded('/proc/self/maps', 1 << 22))).toContain('[stack]');
    expect(await refused('/proc/self/maps')).toMatch(/must have at most 100 bytes, got \d+;/);
  });

  it('refuses folders', async () => {
    mkdirSync(at('folder'));
    expect(await refused(at('folder'))).toBe(`${at('folder')}: must be a file, got a folder; name a file inside it`);
    await neverOpened(at('folder'));
  });

  it.runIf(posix)('refuses devices, pipes and sockets at once, through links too', async () => {
    symlinkSync('/dev/zero', at('zero'));
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('pipe', at('to-pipe'));
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await refused(at('zero'))).toContain('must be a file, got a device; put a file in its place');
    expect(await refused(at('to-pipe'))).toContain('got a pipe;');
    expect(await refused(at('socket'))).toContain('got a socket;');
    for (const name of ['zero', 'to-pipe', 'socket', 'pipe']) await neverOpened(at(name));
    server.close();
  });

  it('tells the size of what may be read', () => {
    writeFileSync(at('sized'), 'abc');
    expect(guardedSize(at('sized'), 3)).toBe(3);
    expect(guardedSize(at('nothing'), 3)).toBeUndefined();
    expect(() => guardedSize(at('sized'), 2)).toThrow('must have at most 2 bytes, got 3;');
    expect(() => guardedSize(folder, 2)).toThrow('must be a file, got a folder;');
  });

  it('opens a file for reading in parts', async () => {
    writeFileSync(at('parts'), 'abcdef');
    const handle = await openGuarded(at('parts'));
    expect((await handle.read(Buffer.alloc(2), 0, 2, 3)).buffer.toString()).toBe('de');
    await handle.close();
    const descriptor = openGuardedSync(at('parts'));
    expect(fstatSync(descriptor).size).toBe(6);
    closeSync(descriptor);
  });
});

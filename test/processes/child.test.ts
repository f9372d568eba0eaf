import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Child, type Connection } from '../../extension/processes/child.ts';
import { runCommand } from '../../extension/processes/runCommand.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

vi.mock('node:child_process', { spy: true });
beforeEach(() => void vi.mocked(spawn).mockClear());

/** A child that runs a piece of JavaScript. */
const run = (code: string, connection?: Connection) =>
  new Child({ program: process.execPath, arguments: ['-e', code] }, connection);

describe('a child process', () => {
  it('is gone when its output is read, and leaves its last words', async () => {
    let printed = '';
    const child = run("console.log('x'.repeat(300_000)); console.error('first\\n\\nlast'); process.exitCode = 3", {
      onOutput: (chunk) => {
        printed += chunk.toString();
      },
    });
    expect(child.isThere).toBe(true);
    expect(await child.exit).toEqual({ code: 3, signal: null });
    expect(printed).toHaveLength(300_001);
    expect(child.lastWords).toEqual(['first', 'last']);
    expect(child.isThere).toBe(false);
  });

  it('hears and says what goes over its channel, also structured clones', async () => {
    const answers: unknown[] = [];
    const child = run("process.on('message', (m) => process.send({ sum: m.a[0] + m.a[1] }, () => process.exit()))", {
      channel: 'advanced',
      onMessage: (message) => answers.push(message),
    });
    child.send({ a: new Float32Array([1, 2]) });
    await child.exit;
    expect(answers).toEqual([{ sum: 3 }]);
    // Nobody hears it any more.
    child.send({ a: [] });
    child.write('text');
    child.kill();
  });

  it('ends with its input, or else by force', async () => {
    const polite = run('process.stdin.resume()', { input: true });
    expect(await polite.close(100_000)).toEqual({ code: 0, signal: null });
    const deaf = run('setInterval(() => {}, 1000)', { input: true });
    expect((await deaf.close(50)).code).not.toBe(0);
  });

  it.runIf(process.platform !== 'win32')('takes the group with it that it leads', async () => {
    const file = path.join(temporaryFolder(), 'pid');
    const grandchild = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const child = run(
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
       const timer = setInterval(() => require('node:fs').existsSync(${JSON.stringify(file)}) && process.exit(), 10)`,
      { leadsGroup: true, onOutput: () => {} },
    );
    await child.exit;
    expect(existsSync(file)).toBe(true);
    const pid = Number(readFileSync(file, 'utf8'));
    const isAlive = () =>
      existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    await expect.poll(isAlive).toBe(false);
  });

  it('ends with the reason where it cannot be started', async () => {
    const missing = new Child({ program: '/no/such/program', arguments: [] }, { input: true, channel: 'json' });
    missing.send({});
    missing.write('text');
    expect(missing.pid).toBeUndefined();
    expect(await missing.exit).toMatchObject({ code: null, startError: { code: 'ENOENT' } });
    const wrong = new Child({ program: 'a\0b', arguments: [] });
    expect((await wrong.exit).startError?.message).toContain('null bytes');
    // As Node leaves it where too many files are open: no streams, and an error that comes later.
    const bare = new EventEmitter();
    vi.mocked(spawn).mockReturnValueOnce(bare as never);
    const full = new Child({ program: 'node', arguments: [] }, { input: true, channel: 'json' });
    full.send({});
    full.write('text');
    full.kill();
    const tooMany = Object.assign(new Error('spawn node EMFILE'), { code: 'EMFILE' });
    bare.emit('error', tooMany);
    expect(await full.close(1000)).toEqual({ code: null, signal: null, startError: tooMany });
  });
});

describe('a command', () => {
  it('gives what it printed, and how it ended', async () => {
    const node = (code: string, limitMs = 100_000) =>
      runCommand({ program: process.execPath, arguments: ['-e', code] }, limitMs);
    expect(await node("console.log('ü'); console.error('b'); process.exitCode = 4")).toEqual({
      code: 4,
      signal: null,
      stdout: 'ü\n',
      stderr: 'b\n',
    });
    expect((await node('setInterval(() => {}, 1000)', 50)).code).not.toBe(0);
    expect((await runCommand({ program: '/no/such/program', arguments: [] }, 1000)).startError).toBeInstanceOf(Error);
  });
});

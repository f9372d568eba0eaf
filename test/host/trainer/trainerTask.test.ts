import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { isCode } from '../../../extension/files/failure.ts';
import { assertNode } from '../../../extension/host/trainer/nodeVersion.ts';
import { askTrainer, runTrainerTask, TaskError } from '../../../extension/host/trainer/trainerTask.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A program that Node runs, in place of the trainer. */
function program(text: string) {
  const folder = temporaryFolder();
  const file = path.join(folder, 'program.mjs');
  writeFileSync(file, text);
  return { folder, trainer: { node: process.execPath, nodeArguments: [file] } };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ESRCH', 'ENOENT')) return false;
    throw error;
  }
}

describe('a command of the trainer', () => {
  it('gives its output, and notes on the way, and leaves nothing behind', async () => {
    const { trainer, folder } = program(`
      import { existsSync } from 'node:fs';
      console.log(process.argv.slice(2).join('|'));
      console.error('reading');
      const timer = setInterval(() => existsSync('noted') && clearInterval(timer), 5);
    `);
    const temporary = temporaryFolder();
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const onNote = (note: string): void => writeFileSync(path.join(folder, 'noted'), note);
    const result = await runTrainerTask(trainer, ['train', "it's $(x)"], { folder, onNote });
    expect(result).toEqual({ stdout: "train|it's $(x)\n", stderr: 'reading\n' });
    expect(readFileSync(path.join(folder, 'noted'), 'utf8')).toBe('reading');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('reports last words and exit code of a command that fails', async () => {
    const { trainer, folder } = program(`console.error('a\\nb\\nc.peft.yaml:2: wrong'); process.exitCode = 2;`);
    const failure = runTrainerTask(trainer, [], { folder });
    await expect(failure).rejects.toThrow('c.peft.yaml:2: wrong');
    await expect(failure).rejects.toMatchObject({ name: 'TaskError', exitCode: 2 });
  });

  it('names the setting where a Node of one’s own writes beside its JSON', async () => {
    const { trainer, folder } = program(`console.log('Now using node v22\\n{}');`);
    await expect(askTrainer(z.object({}), trainer, ['estimate'], { folder })).rejects.toThrow(
      `peft-lab estimate: must write JSON alone, got "Now using node v22"; name a Node that writes nothing itself in peftLab.nodePath, or leave it empty for VS Code's own`,
    );
  });

  it('says which signal killed a command', async () => {
    const { trainer, folder } = program(`process.kill(process.pid, 'SIGKILL');`);
    await expect(runTrainerTask(trainer, [], { folder })).rejects.toThrow('ended by SIGKILL');
  });

  it('names the Node that cannot be started', async () => {
    const { folder } = program('');
    const trainer = { node: path.join(folder, 'no node'), nodeArguments: ['x'] };
    await expect(runTrainerTask(trainer, [], { folder })).rejects.toThrow(
      `${trainer.node}: the trainer could not be started, got spawn ${trainer.node} ENOENT; check this Node`,
    );
  });

  it.runIf(process.platform === 'linux')('ends with all that it started when it is cancelled', async () => {
    const { trainer, folder } = program(`
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      writeFileSync('pids', JSON.stringify([process.pid, child.pid]));
      setInterval(() => {}, 1000);
    `);
    const abort = new AbortController();
    const task = runTrainerTask(trainer, [], { folder, signal: abort.signal });
    const settled = task.catch((error: unknown) => error);
    const file = path.join(folder, 'pids');
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\]$/);
    const pids = JSON.parse(readFileSync(file, 'utf8')) as number[];
    abort.abort();
    expect(await settled).toBeInstanceOf(TaskError);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

describe.runIf(process.platform !== 'win32')('the Node of a setting', () => {
  function script(text: string): string {
    const file = path.join(temporaryFolder(), 'node');
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  it('is one of version 20 or newer', async () => {
    await expect(assertNode(process.execPath)).resolves.toBeUndefined();
    await expect(assertNode(script('echo v20.0.0'))).resolves.toBeUndefined();
  });

  it('is refused with what it is, and what to do', async () => {
    const old = script('echo v16.20.2');
    await expect(assertNode(old)).rejects.toThrow(
      `peftLab.nodePath: must be a Node of version 20 or newer, got ${old} (v16.20.2); name another, or leave it empty for VS Code's own`,
    );
    await expect(assertNode(script('echo Python 3.11'))).rejects.toThrow('(Python 3.11)');
    await expect(assertNode(script('exit 3'))).rejects.toThrow('(ended with exit code 3)');
    await expect(assertNode('/no/such/node')).rejects.toThrow('(spawn /no/such/node ENOENT)');
    await expect(assertNode(tmpdir())).rejects.toThrow('EACCES');
  });
});

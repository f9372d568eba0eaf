import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { errorMessage, startFailure } from '../../../extension/files/failure.ts';
import { withPipes } from '../../../extension/runs/control/spawn.ts';
import { endOfWorker } from '../../../extension/supervisor/ending.ts';

const tooMany = Object.assign(new Error('spawn node EMFILE'), { code: 'EMFILE' });
const cure = 'too many files are open (EMFILE); raise the limit (`ulimit -n 1024`)';

describe('a process for which there are no pipes', () => {
  it('is told with the cure', () => {
    expect(startFailure(tooMany)).toBe(cure);
    const exit = { code: null, signal: null, stderrTail: [], killedOnRequest: false, stopAsked: false, step: 0 };
    expect(endOfWorker({ ...exit, startError: tooMany, checkpointStep: undefined })).toMatchObject({
      state: 'failed',
      message: `the worker could not be started: ${cure}; it left no checkpoint`,
    });
    // As Node leaves it: no streams, and an error that comes later.
    const child = new EventEmitter() as ChildProcess;
    expect(() => withPipes(child, 'node')).toThrow(`node: could not be started, got: ${cure}`);
    expect(child.emit('error', tooMany)).toBe(true);
  });

  it('is another one than a process that has them', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'pipe' });
    expect(withPipes(child, 'node')).toBe(child);
    await new Promise((resolve) => child.once('close', resolve));
  });
});

describe('the message of an error', () => {
  it('is its own where it was thrown on purpose, and never begins with its kind', () => {
    expect(errorMessage(new Error('a: must be b, got c'))).toBe('a: must be b, got c');
    expect(errorMessage('text')).toBe('text');
    for (const kind of [TypeError, RangeError, ReferenceError, SyntaxError]) {
      expect(errorMessage(new kind('Invalid array length'))).toBe(
        'a fault in PEFT Lab itself (Invalid array length); report it with the command and, of a run, its output.log',
      );
    }
  });
});

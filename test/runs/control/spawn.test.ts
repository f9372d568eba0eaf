import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { errorMessage, startFailure } from '../../../extension/files/failure.ts';
import { gpuOfEach } from '../../../extension/runs/control/spawn.ts';
import { endOfWorker } from '../../../extension/supervisor/ending.ts';

const tooMany = Object.assign(new Error('spawn node EMFILE'), { code: 'EMFILE' });
const cure = 'too many files are open (EMFILE); raise the limit (`ulimit -n 1024`)';

describe('a worker for which there are no pipes', () => {
  it('is told with the cure', () => {
    expect(startFailure(tooMany)).toBe(cure);
    const exit = { code: null, signal: null, stderrTail: [], killedOnRequest: false, stopAsked: false, step: 0 };
    expect(endOfWorker({ ...exit, startError: tooMany, checkpointStep: undefined })).toMatchObject({
      state: 'died',
      placeFailure: 'EMFILE',
      message: `the worker could not be started: ${cure}; it left no checkpoint`,
    });
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

describe('what the system says of a file that cannot be written', () => {
  const refused = (code: string, syscall: string, file: string) =>
    errorMessage(Object.assign(new Error(`${code}: no, ${syscall} '${file}'`), { code, syscall, path: file }));

  it('is told with the cure, by the name that the file was to have', () => {
    expect(refused('ENOSPC', 'open', '/runs/a/stop.8e96eab6.tmp')).toBe(
      '/runs/a/stop: the disk is full (ENOSPC); free some space, then try again',
    );
    expect(refused('EROFS', 'unlink', '/runs/a/control.json')).toMatch(
      /^\/runs\/a\/control\.json: cannot be written \(EROFS\); make the folder writable or choose another with --runs/,
    );
    expect(refused('EACCES', 'open', '/runs/a/claim.396dcb07.tmp')).toMatch(/^\/runs\/a\/claim: cannot be written/);
  });

  it('is left as it is where a file could not be read', () => {
    expect(refused('EACCES', 'open', '/data/train.tsv')).toBe("EACCES: no, open '/data/train.tsv'");
    expect(refused('ENOENT', 'open', '/data/train.tsv')).toBe("ENOENT: no, open '/data/train.tsv'");
  });
});

describe('the GPU of each process', () => {
  const seen = (...facts: Parameters<typeof gpuOfEach>) =>
    gpuOfEach(...facts).map(({ CUDA_VISIBLE_DEVICES }) => CUDA_VISIBLE_DEVICES);

  it('is one of those that this process may use, counted from 0 where all are', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(seen(4, 4)).toEqual(['0', '1', '2', '3']);
    expect(seen(2, 2, '5, 7,GPU-8d3f')).toEqual(['5', '7']);
    expect(seen(3, 2)).toEqual(['0', '1', '0']);
  });

  it('is left as it is where none is asked for', () => {
    expect(seen(2, 0, '5,7')).toEqual([undefined, undefined]);
  });

  it('is refused where there are too few', () => {
    expect(() => gpuOfEach(4, 4, '5,7')).toThrow(
      'gpus: must be at most the 2 that CUDA_VISIBLE_DEVICES gives, got 4; lower it, or unset that',
    );
  });
});

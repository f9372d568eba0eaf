import { expect, it } from 'vitest';
import { endedHow, exitText } from '../../extension/processes/exit.ts';

it('names the exit code of a child process, or the signal that ended it, never a code of null', () => {
  expect(exitText({ code: 3, signal: null })).toBe('exit code 3');
  expect(exitText({ code: null, signal: 'SIGSEGV' })).toBe('signal SIGSEGV');
  expect(endedHow({ code: 0, signal: null })).toBe('ended with exit code 0');
  expect(endedHow({ code: null, signal: 'SIGTERM' })).toBe('ended by SIGTERM');
  expect(endedHow({ code: null, signal: 'SIGKILL' })).toBe(
    'ended by SIGKILL (by hand, or by the system when memory ran out)',
  );
});

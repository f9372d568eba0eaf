import { expect, it } from 'vitest';
import { endedHow, exitText } from '../../../extension/runs/process/exitText.ts';

it('names the exit code of a child process, or the signal that ended it, never a code of null', () => {
  expect(exitText(3, null)).toBe('exit code 3');
  expect(exitText(null, 'SIGSEGV')).toBe('signal SIGSEGV');
  expect(endedHow(0, null)).toBe('ended with exit code 0');
  expect(endedHow(null, 'SIGTERM')).toBe('ended by SIGTERM');
  expect(endedHow(null, 'SIGKILL')).toBe('ended by SIGKILL (by hand, or by the system for want of memory)');
});

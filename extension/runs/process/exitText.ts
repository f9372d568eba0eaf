const cause = (signal: NodeJS.Signals): string =>
  signal === 'SIGKILL' ? ' (by hand, or by the system for want of memory)' : '';

/** How a child process ended, as what was got: `exit code 3`, `signal SIGSEGV`. A signal has no exit code. */
export const exitText = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}${cause(signal)}`;

/** The same as a sentence goes on: `ended with exit code 3`, `ended by SIGSEGV`. */
export const endedHow = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `ended with exit code ${code}` : `ended by ${signal}${cause(signal)}`;

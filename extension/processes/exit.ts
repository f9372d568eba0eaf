/** How a child process ended, or that it never was. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started at all. */
  readonly startError?: Error;
}

/** How it ended, as what was got: `exit code 3`, `signal SIGSEGV`. A signal has no exit code. */
export const exitText = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}${cause(signal)}`;

/** The same as a sentence goes on: `ended with exit code 3`, `ended by SIGSEGV`. */
export const endedHow = ({ code, signal }: Exit): string =>
  signal === null ? `ended with exit code ${code}` : `ended by ${signal}${cause(signal)}`;

const cause = (signal: NodeJS.Signals): string =>
  signal === 'SIGKILL' ? ' (by hand, or by the system when memory ran out)' : '';

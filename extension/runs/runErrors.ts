import { isCode, writeFailure } from '../files/failure.ts';

/** What went wrong with a run folder, told with its cure. `code` is for programs, the message for people. */
export class RunError extends Error {
  constructor(
    readonly code:
      | 'busy'
      | 'superseded'
      | 'not-found'
      | 'ambiguous'
      | 'unreadable'
      | 'protected'
      | 'not-writable'
      | 'gone'
      | 'state',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'RunError';
  }
}

/** The journal could not be written: the run cannot go on, for nothing after this point would be on record. */
export class JournalError extends RunError {
  constructor(file: string, cause: unknown) {
    super(isCode(cause, 'ENOENT') ? 'gone' : 'not-writable', `${file}: ${writeFailure(cause)}`, { cause });
    this.name = 'JournalError';
  }
}

import { closeSync, fstatSync, fsyncSync, readSync, writeSync } from 'node:fs';
import { type JournalEvent, journalLine } from '../../contract/journal.ts';
import { openForAppending } from '../../files/ownFile.ts';
import { JournalError } from '../runErrors.ts';

/** Events after which the journal must be on disk: what they tell is relied on after a crash. */
const durable: ReadonlySet<JournalEvent['type']> = new Set(['hello', 'resumed', 'evaluation', 'checkpoint', 'end']);

/**
 * Appends events to a run's journal, one writer at a time. A half line left by a crash or a full disk is ended before
 * the next event, so that it spoils no other.
 */
export class JournalWriter {
  readonly #file: string;
  readonly #descriptor: number;
  #bytes: number;
  #halfLine: boolean;

  /** @throws JournalError when the file cannot be opened; the folder must be there. */
  constructor(file: string) {
    this.#file = file;
    try {
      this.#descriptor = openForAppending(file);
      this.#bytes = fstatSync(this.#descriptor).size;
      const last = Buffer.alloc(1);
      this.#halfLine =
        this.#bytes > 0 && readSync(this.#descriptor, last, 0, 1, this.#bytes - 1) === 1 && last[0] !== 0x0a;
    } catch (error) {
      throw new JournalError(file, error);
    }
  }

  /** Length of the journal in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws JournalError when the event could not be written whole (disk full) or the folder has been deleted. */
  append(event: JournalEvent): void {
    const line = Buffer.from(this.#halfLine ? `\n${journalLine(event)}` : journalLine(event));
    try {
      for (let written = 0; written < line.length; ) {
        const count = writeSync(this.#descriptor, line, written);
        written += count;
        this.#bytes += count;
        this.#halfLine = line[written - 1] !== 0x0a;
      }
      if (durable.has(event.type)) this.#sync();
    } catch (error) {
      throw new JournalError(this.#file, error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #sync(): void {
    fsyncSync(this.#descriptor);
    if (fstatSync(this.#descriptor).nlink === 0) {
      throw Object.assign(new Error('the file is no longer in any folder'), { code: 'ENOENT' });
    }
  }
}

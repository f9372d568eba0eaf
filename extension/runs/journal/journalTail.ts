import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { JournalEvent } from '../../contract/journal.ts';
import { isCode } from '../../files/failure.ts';
import { openGuarded } from '../../files/guardedFile.ts';
import { assertJournal, JournalParser } from './journalParser.ts';

const chunkBytes = 256 * 1024;

interface TailOptions {
  /** Byte to begin at; what lies before is not told. */
  readonly from?: number;
  /** New events, in order. */
  readonly onEvents: (events: readonly JournalEvent[]) => void;
  /** The file was cut short or replaced: forget what came before, everything is told again. */
  readonly onReset?: () => void;
  /** The file could not be read; polling goes on. */
  readonly onError?: (error: unknown) => void;
  /** How long to gather changes before reading. */
  readonly debounceMs?: number;
  /** How often to look when the system reports no changes (network drives). */
  readonly pollMs?: number;
}

/** Follows a growing journal by byte offset. A journal that is not there yet is waited for. */
export class JournalTail {
  readonly #file: string;
  readonly #options: TailOptions;
  #parser = new JournalParser();
  #offset = 0;
  #identity: string | undefined;
  #watcher: FSWatcher | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #debounceTimer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  #skippedBefore = 0;
  #isClosed = false;
  #told: string | undefined;

  constructor(file: string, options: TailOptions) {
    this.#file = file;
    this.#options = options;
    this.#offset = options.from ?? 0;
  }

  /** Lines that were no event, so far. */
  get skippedLines(): number {
    return this.#skippedBefore + this.#parser.skippedLines;
  }

  /** Bytes read, a half last line included. */
  get offset(): number {
    return this.#offset;
  }

  /** Begins to follow, or goes on after `close`; timers do not keep the process alive. */
  start(): void {
    clearInterval(this.#pollTimer);
    this.#pollTimer = setInterval(() => this.#wake(), this.#options.pollMs ?? 1000);
    this.#pollTimer.unref();
    this.#wake();
  }

  /** Reads what has come, after any reading under way. */
  read(): Promise<void> {
    this.#isClosed = false;
    this.#reading = this.#reading.then(() => this.#readNew());
    return this.#reading;
  }

  /** Stops following, and reading in the middle of a file; nothing that was read is told twice. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pollTimer);
    clearTimeout(this.#debounceTimer);
    this.#debounceTimer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #wake(): void {
    this.#watch();
    void this.read();
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.#file, { persistent: false }, () => {
        this.#debounceTimer ??= setTimeout(() => {
          this.#debounceTimer = undefined;
          void this.read();
        }, this.#options.debounceMs ?? 50);
      });
      this.#watcher.on('error', () => this.#unwatch());
    } catch (error) {
      // Not there yet, or a file system that cannot watch: polling covers both.
      if (!isCode(error, 'ENOENT')) this.#options.onError?.(error);
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #readNew(): Promise<void> {
    if (this.#isClosed) return;
    let handle: FileHandle | undefined;
    try {
      handle = await openGuarded(this.#file);
      const stat = await handle.stat({ bigint: true });
      const identity = `${stat.dev}:${stat.ino}`;
      if ((this.#identity !== undefined && identity !== this.#identity) || stat.size < BigInt(this.#offset)) {
        this.#restart();
      }
      this.#identity = identity;
      const chunk = Buffer.alloc(chunkBytes);
      while (!this.#isClosed) {
        const { bytesRead } = await handle.read(chunk, 0, chunkBytes, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        const events = this.#parser.push(chunk.subarray(0, bytesRead));
        if (events.length > 0) this.#options.onEvents(events);
        assertJournal(this.#file, this.#parser, this.#offset);
      }
    } catch (error) {
      if (isCode(error, 'ENOENT')) {
        // What comes back under this name is another file, even where the system gives it the same number.
        if (this.#identity !== undefined) this.#identity = 'gone';
      } else this.#tell(error);
    } finally {
      await handle?.close();
    }
  }

  /** Once, for it is met again at every look. */
  #tell(error: unknown): void {
    if (String(error) === this.#told) return;
    this.#told = String(error);
    this.#options.onError?.(error);
  }

  #restart(): void {
    this.#skippedBefore += this.#parser.skippedLines;
    this.#parser = new JournalParser();
    this.#offset = 0;
    this.#unwatch();
    this.#options.onReset?.();
  }
}

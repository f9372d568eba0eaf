import { closeSync, writeSync } from 'node:fs';
import { openForAppending } from '../files/ownFile.ts';
import { LastLines } from '../processes/lines.ts';

const logLimitBytes = 16 << 20;

/** Keeps what a worker prints: all of it in `output.log` up to a limit, the last lines of stderr in memory. */
export class OutputLog {
  #descriptor: number | undefined;
  #roomBytes = logLimitBytes;
  readonly #lastWords = new LastLines();

  /** A log that cannot be opened or written is done without: the tail is kept all the same. */
  constructor(file: string) {
    try {
      this.#descriptor = openForAppending(file);
    } catch {
      this.#descriptor = undefined;
    }
  }

  write(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this.#log(chunk);
    if (stream === 'stderr') this.#lastWords.add(chunk);
  }

  /** The last lines of stderr, oldest first. */
  get stderrTail(): string[] {
    return this.#lastWords.lines;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #log(chunk: Buffer): void {
    if (this.#descriptor === undefined) return;
    try {
      writeSync(this.#descriptor, chunk.subarray(0, this.#roomBytes));
      this.#roomBytes -= chunk.length;
      if (this.#roomBytes <= 0) {
        writeSync(this.#descriptor, `\n[output beyond ${logLimitBytes >> 20} MiB is not kept]\n`);
        this.close();
      }
    } catch {
      this.close();
    }
  }
}

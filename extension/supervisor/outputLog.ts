import { closeSync, writeSync } from 'node:fs';
import { openForAppending } from '../files/ownFile.ts';

const logLimitBytes = 16 << 20;
const tailLines = 40;
const tailLineChars = 1000;

/** Keeps what a worker prints: all of it in `output.log` up to a limit, the last lines of stderr in memory. */
export class OutputLog {
  #descriptor: number | undefined;
  #roomBytes = logLimitBytes;
  readonly #lines: string[] = [];
  #partial = '';

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
    if (stream === 'stderr') this.#keep(chunk.toString('utf8'));
  }

  /** The last lines of stderr, oldest first. */
  get stderrTail(): string[] {
    return this.#partial === '' ? [...this.#lines] : [...this.#lines, this.#partial];
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

  #keep(text: string): void {
    const lines = (this.#partial + text).split(/\r?\n/);
    this.#partial = (lines.pop() ?? '').slice(0, tailLineChars);
    for (const line of lines) if (line.trim() !== '') this.#lines.push(line.slice(0, tailLineChars));
    this.#lines.splice(0, this.#lines.length - tailLines);
  }
}

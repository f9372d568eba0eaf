import { createHash } from 'node:crypto';
import type { ReportProgress } from '../../../contract/reportProgress.ts';
import { openGuarded } from '../../../files/guardedFile.ts';
import { unreadable } from './unreadable.ts';

/** SHA-256 of a file, of the bytes that pass while its rows are read: what nobody else reads is read at the end. */
export class FileHash {
  readonly #file: string;
  #hash = createHash('sha256');
  #bytes = 0;
  #pass = 0;
  #whole: Promise<string> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Begins a pass over the file. @returns takes its blocks, in order */
  pass(): (block: Buffer) => void {
    const pass = ++this.#pass;
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    return (block) => {
      // A reader that was left may still bring a block.
      if (pass !== this.#pass) return;
      this.#hash.update(block);
      this.#bytes += block.length;
    };
  }

  /** Of the whole file; it must not be read for rows any more. @throws DataError when it cannot be read */
  whole(report: ReportProgress): Promise<string> {
    this.#pass++;
    this.#whole ??= this.#readRest(report);
    return this.#whole;
  }

  async #readRest(report: ReportProgress): Promise<string> {
    try {
      const handle = await openGuarded(this.#file);
      const rest = handle.createReadStream({ start: this.#bytes, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
      for await (const block of rest) {
        this.#hash.update(block);
        this.#bytes += block.length;
        report(`hashing ${this.#file}`, this.#bytes, undefined, 'B');
      }
    } catch (error) {
      throw unreadable(this.#file, error);
    }
    return this.#hash.digest('hex');
  }
}

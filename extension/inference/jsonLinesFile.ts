import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { asideOf, keepTouched } from '../files/leftovers.ts';

/** Lines of JSON, written aside and put in place when they are complete. */
export class JsonLinesFile {
  readonly path: string;
  readonly #aside: string;
  readonly #stream: WriteStream;
  #failure: Error | undefined;
  count = 0;

  constructor(path: string) {
    this.path = path;
    this.#aside = asideOf(path);
    this.#stream = createWriteStream(this.#aside, { flags: 'wx', flush: true });
    this.#stream.on('close', keepTouched(this.#aside));
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** @throws the error of the file system when the disk is full or the folder may not be written */
  async write(value: unknown): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.count++;
    if (!this.#stream.write(`${JSON.stringify(value)}\n`)) await once(this.#stream, 'drain');
  }

  async finish(): Promise<void> {
    this.#stream.end();
    if (!this.#stream.closed) await once(this.#stream, 'close');
    if (this.#failure) throw this.#failure;
    await rename(this.#aside, this.path);
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#stream.destroy();
    if (!this.#stream.closed) await once(this.#stream, 'close');
    await rm(this.#aside, { force: true });
  }
}

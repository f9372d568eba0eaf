import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';

/** Lines of JSON, written aside and put in place when they are complete. */
export class JsonLinesFile {
  readonly path: string;
  readonly #stream: WriteStream;
  #failure: Error | undefined;
  count = 0;

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(`${path}.partial`);
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
    await rename(`${this.path}.partial`, this.path);
  }
}

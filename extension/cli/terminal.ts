import { plain } from '../files/plainText.ts';

/**
 * Standard output. A reader that has seen enough (`| head`) ends the showing, not the work; what is lost in any other
 * way, on a full disk, is told at the end.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #lost: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.#lost ??= error;
    });
  }

  write(text: string): void {
    this.#stream.write(plain(text));
  }

  /** Waits until all is written. @throws Error when some of it could not be */
  async close(): Promise<void> {
    await new Promise((resolve) => this.#stream.write('', resolve));
    if (this.#lost === undefined) return;
    throw new Error(
      `standard output: must take all that is written, got ${this.#lost.message}; free some space, or write elsewhere`,
    );
  }
}

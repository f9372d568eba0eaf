import { plain } from '../../files/plainText.ts';

/** Codes of what a piece of text looks like on a terminal. */
const styleCodes = { loss: '32;1', context: '2', cut: '31;9', underlined: '4' } as const;

/** A piece of text, and how it looks on a terminal. */
export interface StyledText {
  readonly text: string;
  readonly styles?: readonly (keyof typeof styleCodes)[];
}

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

  /** Whether colours are seen, and wanted. */
  get isColoured(): boolean {
    return this.#stream.isTTY && !process.env.NO_COLOR;
  }

  paint(pieces: readonly StyledText[]): void {
    const painted = pieces.map(({ text, styles = [] }) =>
      styles.length === 0
        ? plain(text)
        : `\x1b[${styles.map((style) => styleCodes[style]).join(';')}m${plain(text)}\x1b[0m`,
    );
    this.#stream.write(painted.join(''));
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

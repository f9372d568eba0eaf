const unfinished = '\ufffd';

/**
 * Turns tokens that come one by one into pieces of text that join to the text of all. A character may take several
 * tokens: while the text ends in U+FFFD it is held back. Each piece is decoded behind the tokens of the one before, as
 * some decoders treat the beginning of a text in a way of their own. What was given out is not taken back: of tokens for
 * single bytes, a decoder shows all as broken where later ones are.
 */
export class DecodeStream {
  readonly #decode: (ids: readonly number[]) => string;
  /** Tokens of the last piece, and those that came since. */
  #ids: number[] = [];
  /** How many of them were given out, and their text. */
  #given = 0;
  #text = '';

  constructor(decode: (ids: readonly number[]) => string) {
    this.#decode = decode;
  }

  /** Takes the next token. @returns text that is certain now, often none */
  push(id: number): string {
    this.#ids.push(id);
    const text = this.#decode(this.#ids);
    if (text.length <= this.#text.length || text.endsWith(unfinished)) return '';
    const piece = text.slice(this.#text.length);
    this.#ids.splice(0, this.#given);
    this.#given = this.#ids.length;
    this.#text = this.#decode(this.#ids);
    return piece;
  }

  /** What is left at the end of the text, whole or not. */
  end(): string {
    const piece = this.#decode(this.#ids).slice(this.#text.length);
    this.#ids = [];
    this.#given = 0;
    this.#text = '';
    return piece;
  }
}

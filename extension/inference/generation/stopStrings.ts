/** Lets text through until one of some strings comes, and holds back what may be the beginning of one. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** @returns what is certain now, and whether a string has come: nothing is let through behind it */
  push(piece: string): { readonly text: string; readonly isEnd: boolean } {
    const text = this.#held + piece;
    const found = this.#stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#held = '';
      return { text: text.slice(0, Math.min(...found)), isEnd: true };
    }
    const longest = Math.max(0, ...this.#stops.map((stop) => beginning(text, stop)));
    this.#held = text.slice(text.length - longest);
    return { text: text.slice(0, text.length - longest), isEnd: false };
  }

  /** The text held back at the end. */
  end(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** How many characters at the end of a text are the beginning of a string. */
function beginning(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}

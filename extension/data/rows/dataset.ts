import type { Example, Ids } from '../../tasks/rows/example.ts';

/** Numbers appended one after another in typed memory that grows by doubling. */
class Column<A extends Int32Array | Uint8Array | Float64Array> {
  #data: A;
  #length = 0;

  constructor(empty: A) {
    this.#data = empty;
  }

  get length(): number {
    return this.#length;
  }

  push(values: Ids): void {
    const needed = this.#length + values.length;
    if (needed > this.#data.length) {
      const grown = new (this.#data.constructor as new (length: number) => A)(Math.max(needed, 2 * this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data.set(values, this.#length);
    this.#length = needed;
  }

  at(index: number): number {
    return this.#data[index]!;
  }

  /** A view, which later rows do not change. */
  slice(start: number, end: number): A {
    return this.#data.subarray(start, end) as A;
  }
}

/**
 * Encoded rows of one split, held compactly: 5 bytes a token, 8 a target number or unread word and 32 a row (three times
 * that at most while growing). 100 MB hold about ten million tokens to classify; the texts are not kept.
 */
export class EncodedDataset {
  readonly #ids = new Column(new Int32Array(1024));
  readonly #types = new Column(new Uint8Array(1024));
  readonly #targets = new Column(new Float64Array(1024));
  readonly #unread = new Column(new Int32Array(64));
  readonly #idStarts = new Column(new Float64Array(64));
  readonly #targetStarts = new Column(new Float64Array(64));
  readonly #unreadStarts = new Column(new Float64Array(64));
  readonly #textStarts = new Column(new Float64Array(64));
  #tokens = 0;

  constructor() {
    this.#idStarts.push([0]);
    this.#targetStarts.push([0]);
    this.#unreadStarts.push([0]);
  }

  /** Number of rows. */
  get size(): number {
    return this.#idStarts.length - 1;
  }

  /** Tokens of all rows. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Texts: long ones may be split into several rows. */
  get texts(): number {
    return this.#textStarts.length;
  }

  /** The rows of some texts. */
  rowsOfTexts(texts: readonly number[]): number[] {
    return texts.flatMap((text) => {
      const start = this.#textStarts.at(text);
      const end = text + 1 < this.texts ? this.#textStarts.at(text + 1) : this.size;
      return Array.from({ length: end - start }, (_, i) => start + i);
    });
  }

  /** @param pieces the rows of one text */
  add(pieces: readonly Omit<Example, 'index'>[]): void {
    this.#textStarts.push([this.size]);
    for (const piece of pieces) this.#addRow(piece);
  }

  #addRow({ inputIds, tokenTypeIds, target, unread = [] }: Omit<Example, 'index'>): void {
    this.#ids.push(inputIds);
    this.#types.push(tokenTypeIds);
    this.#targets.push(target);
    this.#idStarts.push([this.#ids.length]);
    this.#targetStarts.push([this.#targets.length]);
    this.#unread.push(unread.flatMap(({ word, label }) => [word, label]));
    this.#unreadStarts.push([this.#unread.length]);
    this.#tokens += inputIds.length;
  }

  /** Tokens of one row. */
  lengthOf(index: number): number {
    return this.#idStarts.at(index + 1) - this.#idStarts.at(index);
  }

  example(index: number): Example {
    const [start, end] = [this.#idStarts.at(index), this.#idStarts.at(index + 1)];
    const unread = this.#unread.slice(this.#unreadStarts.at(index), this.#unreadStarts.at(index + 1));
    return {
      index,
      inputIds: this.#ids.slice(start, end),
      tokenTypeIds: this.#types.slice(start, end),
      target: Array.from(this.#targets.slice(this.#targetStarts.at(index), this.#targetStarts.at(index + 1))),
      ...(unread.length > 0 && {
        unread: Array.from({ length: unread.length / 2 }, (_, i) => ({
          word: unread[2 * i]!,
          label: unread[2 * i + 1]!,
        })),
      }),
    };
  }
}

/**
 * Writes whole numbers of 32 bits into i64 memory, as two halves: a BigInt for each would cost more than the rest of a
 * batch. Little-endian, as every machine that the engines run on.
 */
export class Int64Writer {
  readonly data: BigInt64Array;
  readonly #halves: Int32Array;

  constructor(length: number, fill = 0) {
    this.data = new BigInt64Array(length).fill(BigInt(fill));
    this.#halves = new Int32Array(this.data.buffer);
  }

  set(index: number, value: number): void {
    this.#halves[2 * index] = value;
    this.#halves[2 * index + 1] = value < 0 ? -1 : 0;
  }
}

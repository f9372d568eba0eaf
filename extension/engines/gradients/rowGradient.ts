import type { Optimizer, Slots, Update } from '../optimizers/optimizer.ts';
import type { HostGradient, Tuned } from './hostGradient.ts';

/**
 * The gradient of a table of which a batch reads few rows: sums for those rows alone, in memory that follows their number.
 * Rows that no batch has had yet have no moments either, and are left to the optimizer's `rest`.
 */
export class RowGradient implements HostGradient {
  readonly #rows: number;
  readonly #width: number;
  /** Which sum belongs to a row. */
  readonly #places = new Map<number, number>();
  #sums = new Float32Array(0);
  /** Whether a row has had a gradient, in any step. */
  readonly #hasMoved: Uint8Array;
  /** The gradient of one row, beside the table's values and slots. */
  readonly #row: Float32Array;

  /** @param row as many numbers as a row has, which the gradient may use */
  constructor(rows: number, row: Float32Array) {
    this.#rows = rows;
    this.#width = row.length;
    this.#row = row;
    this.#hasMoved = new Uint8Array(rows);
  }

  /** Adds numbers [N,D] to the rows that they belong to, in order: from the first micro-batch of a step on. */
  add(ids: BigInt64Array, numbers: Float32Array, microBatch: number): void {
    if (microBatch === 0) this.#places.clear();
    const width = this.#width;
    const known = this.#places.size;
    const places = Array.from(ids, (id) => this.#placeOf(Number(id)));
    this.#makeRoom(known);
    const sums = this.#sums;
    for (const [i, place] of places.entries()) {
      const [from, to] = [i * width, place * width];
      for (let d = 0; d < width; d++) sums[to + d]! += numbers[from + d]!;
    }
  }

  take(): void {}

  parts(): Iterable<Float32Array> {
    return this.#inOrder().map(([, sum]) => sum);
  }

  whole(): Float32Array {
    const whole = new Float32Array(this.#rows * this.#width);
    for (const [row, sum] of this.#inOrder()) whole.set(sum, row * this.#width);
    return whole;
  }

  apply(optimizer: Optimizer, { values, slots }: Tuned, update: Update): void {
    const width = this.#width;
    const part = (of: Float32Array, first: number, end: number) => of.subarray(first * width, end * width);
    const places = this.#places;
    const hasMoved = this.#hasMoved;
    for (const row of places.keys()) hasMoved[row] = 1;
    for (let first = 0, end = 0; first < this.#rows; first = end) {
      end = first + 1;
      if (hasMoved[first]) {
        const place = places.get(first);
        if (place === undefined) this.#row.fill(0);
        else this.#row.set(part(this.#sums, place, place + 1));
        const kept = Object.entries(slots).map(([slot, of]) => [slot, part(of, first, end)] as const);
        optimizer.update(part(values, first, end), this.#row, Object.fromEntries(kept), update);
      } else {
        while (end < this.#rows && !hasMoved[end]) end++;
        optimizer.rest(part(values, first, end), update);
      }
    }
  }

  restored(slots: Slots): void {
    const width = this.#width;
    this.#hasMoved.fill(0);
    for (const { buffer, byteOffset, length } of Object.values(slots)) {
      const bits = new Int32Array(buffer, byteOffset, length);
      for (let row = 0; row < this.#rows; row++) {
        for (let i = row * width; i < (row + 1) * width && !this.#hasMoved[row]; i++) {
          if (bits[i] !== 0) this.#hasMoved[row] = 1;
        }
      }
    }
  }

  #placeOf(row: number): number {
    const found = this.#places.get(row);
    if (found !== undefined) return found;
    const place = this.#places.size;
    this.#places.set(row, place);
    return place;
  }

  /** Room for a sum of each row, zero beyond those that are known. */
  #makeRoom(known: number): void {
    const [used, needed] = [known * this.#width, this.#places.size * this.#width];
    const sums = this.#sums;
    if (sums.length < needed) {
      this.#sums = new Float32Array(Math.min(this.#rows * this.#width, Math.ceil(needed * 1.5)));
      this.#sums.set(sums.subarray(0, used));
    } else sums.fill(0, used, needed);
  }

  #inOrder(): readonly (readonly [row: number, sum: Float32Array])[] {
    const width = this.#width;
    return [...this.#places]
      .sort(([a], [b]) => a - b)
      .map(([row, place]) => [row, this.#sums.subarray(place * width, (place + 1) * width)] as const);
  }
}

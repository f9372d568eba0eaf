import type { Tensor } from '../../graph/tensor.ts';
import { type CacheShape, cacheNames } from './stepGraph.ts';

/** Capacity grows by so many tokens at a time: a cache that is much larger than what is in it costs time. */
const growth = 64;

interface Part {
  readonly names: ReturnType<typeof cacheNames>[number];
  /** f32[rows,G,capacity,E] */
  data: Float32Array;
}

/**
 * The keys and values of some rows of tokens, in host memory that a session reads where it lies. Rows may be of different
 * length, from the left; what lies behind a row's length is never read.
 */
export class CacheRows {
  /** How many tokens of each row are there. */
  readonly filled: number[] = [];
  #capacity = growth;
  readonly #parts: readonly Part[];
  readonly #shape: CacheShape;

  /** @param most rows that it holds at a time */
  constructor(shape: CacheShape, most: number) {
    this.#shape = shape;
    const length = most * shape.kvHeads * this.#capacity * shape.headWidth;
    this.#parts = Array.from({ length: shape.layers }, (_, layer) => cacheNames(layer))
      .flat()
      .map((names) => ({ names, data: new Float32Array(length) }));
  }

  /** Makes room for so many tokens in every row. */
  reserve(tokens: number): void {
    if (tokens <= this.#capacity) return;
    const capacity = Math.ceil(tokens / growth) * growth;
    const [from, to] = [this.#capacity, capacity].map((tokens) => tokens * this.#shape.headWidth) as [number, number];
    for (const part of this.#parts) {
      const blocks = part.data.length / from;
      const data = new Float32Array(blocks * to);
      for (let block = 0; block < blocks; block++) {
        data.set(part.data.subarray(block * from, (block + 1) * from), block * to);
      }
      part.data = data;
    }
    this.#capacity = capacity;
  }

  /** Feeds of rows `first` … `first + count − 1`. */
  feeds(first: number, count: number): Record<string, Tensor> {
    const { kvHeads, headWidth } = this.#shape;
    const size = this.#rowSize;
    const shape = [count, kvHeads, this.#capacity, headWidth];
    const fed = this.#parts.map(({ names, data }) => {
      return [names.past, { dtype: 'f32', shape, data: data.subarray(first * size, (first + count) * size) }] as const;
    });
    const filled = BigInt64Array.from(this.filled.slice(first, first + count), BigInt);
    return { ...Object.fromEntries(fed), filled: { dtype: 'i64', shape: [count], data: filled } };
  }

  /**
   * Puts new keys and values behind those of rows `first` … : f32[count,tokens,G·E] of each block.
   * @param kind which of a block's outputs they are
   */
  append(first: number, outputs: Readonly<Record<string, Tensor>>, kind: 'own' | 'start' = 'own'): void {
    const { kvHeads, headWidth } = this.#shape;
    const [count, tokens] = outputs[this.#parts[0]!.names[kind]]!.shape as [number, number];
    for (const { names, data } of this.#parts) {
      const given = outputs[names[kind]]!.data as Float32Array;
      let from = 0;
      for (let row = first; row < first + count; row++) {
        for (let token = this.filled[row]!; token < this.filled[row]! + tokens; token++) {
          for (let head = 0; head < kvHeads; head++, from += headWidth) {
            const to = ((row * kvHeads + head) * this.#capacity + token) * headWidth;
            for (let i = 0; i < headWidth; i++) data[to + i] = given[from + i]!;
          }
        }
      }
    }
    for (let row = first; row < first + count; row++) this.filled[row]! += tokens;
  }

  /** Puts the last row in place of another, which is gone then. */
  drop(row: number): void {
    const last = this.filled.length - 1;
    const size = this.#rowSize;
    if (row !== last) for (const { data } of this.#parts) data.copyWithin(row * size, last * size, (last + 1) * size);
    this.filled[row] = this.filled[last]!;
    this.filled.pop();
  }

  get #rowSize(): number {
    return this.#shape.kvHeads * this.#capacity * this.#shape.headWidth;
  }
}

import { elements, type Feeds, type Tensor } from '../../graph/tensor.ts';
import type { Graph, Shape } from '../../graph/value.ts';
import type { Batch } from '../../tasks/task.ts';

/** Rows and the batches that their fixed values are computed in: a function of the data alone. */
interface CachedRows {
  /** Every row at most once, the most worthwhile first. */
  readonly batches: readonly (readonly number[])[];
  /** At least the row's tokens. */
  lengthOf(row: number): number;
  batchOf(rows: readonly number[]): Promise<Batch>;
}

/** Computes the outputs of the frozen prefix for a batch. */
export type ComputePrefix = (feeds: Feeds) => Promise<Readonly<Record<string, Tensor>>>;

/** One kept value: f32[B,…], or f32[B,S,…] with `perToken`. */
interface CachedValue {
  readonly name: string;
  readonly perToken: boolean;
  /** Sizes after the batch's, and after the length where there is one. */
  readonly inner: readonly number[];
  /** Numbers a row, or a token. */
  readonly size: number;
}

/**
 * Values that cannot change while a run trains, computed when first asked for and kept row by row, without padding.
 *
 * A row's values are always computed in one and the same batch, that of the row in `source.batches`: the last bits of a
 * product depend on the rows and the padding beside it, and so an interrupted run, which computes again what it had
 * kept, sees the same bits as one that went through. Batches beyond the limit are not kept; their rows are computed in
 * the batch that asks for them, which again is the same in every attempt. For the same reason runs with the same prefix,
 * rows and batches can share a cache, and each ends as it would by itself.
 */
export class ActivationCache {
  /** What the kept values need once all of them are there. */
  readonly bytes: number;
  readonly #values: readonly CachedValue[];
  readonly #source: CachedRows;
  /** Index of a row's batch, for rows that are kept. */
  readonly #batchOfRow = new Map<number, number>();
  readonly #kept = new Map<number, Float32Array>();

  /** @param prefix names and shapes what is kept */
  constructor(source: CachedRows, prefix: Graph, limitBytes: number) {
    this.#source = source;
    this.#values = Object.entries(prefix.outputs).map(([name, { shape }]) => cachedValue(name, shape));
    let bytes = 0;
    for (const [index, rows] of source.batches.entries()) {
      const needed = rows.reduce((sum, row) => sum + 4 * this.#numbers(source.lengthOf(row)), 0);
      if (bytes + needed > limitBytes) break;
      bytes += needed;
      for (const row of rows) this.#batchOfRow.set(row, index);
    }
    this.bytes = bytes;
  }

  /** The batch with the kept values among its feeds. @param rows the batch's, in order */
  async complete(batch: Batch, rows: readonly number[], compute: ComputePrefix): Promise<Batch> {
    const missing = rows.filter((row) => this.#batchOfRow.has(row) && !this.#kept.has(row));
    for (const index of new Set(missing.map((row) => this.#batchOfRow.get(row)!))) {
      const together = this.#source.batches[index]!;
      const whole = sameRows(together, rows) ? batch : await this.#source.batchOf(together);
      for (const [i, part] of (await this.#parts(whole, compute)).entries()) this.#kept.set(together[i]!, part);
    }
    const others = rows.filter((row) => !this.#batchOfRow.has(row));
    const passing = new Map<number, Float32Array>();
    if (others.length > 0) {
      const whole = others.length === rows.length ? batch : await this.#source.batchOf(others);
      for (const [i, part] of (await this.#parts(whole, compute)).entries()) passing.set(others[i]!, part);
    }
    const parts = rows.map((row) => this.#kept.get(row) ?? passing.get(row)!);
    return { ...batch, feeds: { ...batch.feeds, ...this.#padded(batch, parts) } };
  }

  /** Numbers kept of a row. */
  #numbers(length: number): number {
    return this.#values.reduce((sum, { perToken, size }) => sum + (perToken ? length * size : size), 0);
  }

  /** Computes a batch and takes each row's numbers out of it, value after value. */
  async #parts(batch: Batch, compute: ComputePrefix): Promise<Float32Array[]> {
    const outputs = await compute(batch.feeds);
    return batch.examples.map(({ inputIds: { length } }, row) => {
      const part = new Float32Array(this.#numbers(length));
      let at = 0;
      for (const { name, perToken, size } of this.#values) {
        const { data, shape } = outputs[name]! as Tensor & { dtype: 'f32' };
        const start = row * (perToken ? shape[1]! * size : size);
        const count = perToken ? length * size : size;
        part.set(data.subarray(start, start + count), at);
        at += count;
      }
      return part;
    });
  }

  /** Rows as one batch again: zeros where a row is shorter than the longest. */
  #padded(batch: Batch, parts: readonly Float32Array[]): Feeds {
    const length = Math.max(...batch.examples.map(({ inputIds }) => inputIds.length));
    const starts = new Int32Array(parts.length);
    const feeds: Record<string, Tensor> = {};
    for (const { name, perToken, inner, size } of this.#values) {
      const stride = perToken ? length * size : size;
      const data = new Float32Array(parts.length * stride);
      for (const [row, part] of parts.entries()) {
        const count = perToken ? batch.examples[row]!.inputIds.length * size : size;
        data.set(part.subarray(starts[row]!, starts[row]! + count), row * stride);
        starts[row]! += count;
      }
      feeds[name] = { dtype: 'f32', shape: [parts.length, ...(perToken ? [length] : []), ...inner], data };
    }
    return feeds;
  }
}

function cachedValue(name: string, shape: Shape): CachedValue {
  const perToken = shape[1] === 'S';
  const inner = shape.slice(perToken ? 2 : 1) as readonly number[];
  return { name, perToken, inner, size: elements(inner) };
}

const sameRows = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((row, i) => row === b[i]);

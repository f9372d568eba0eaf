import { sortedBatches } from '../data/batches/batches.ts';
import { type AtOnce, dividedRows } from '../data/batches/divideBatch.ts';

/** Items held at a time: bounds memory however large the file is. */
export const chunkSize = 1024;

/** Gathers what `items` yields, so that items of similar length can be computed together. */
export async function* chunksOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length === chunkSize) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** Computes a chunk in batches of similar length. @returns the results in the order of the chunk */
export async function inBatches<T, R>(
  chunk: readonly T[],
  lengthOf: (item: T) => number,
  compute: (batch: readonly T[]) => Promise<readonly R[]>,
  { rows, tokens }: AtOnce,
): Promise<R[]> {
  const results = new Array<R>(chunk.length);
  const length = (i: number) => lengthOf(chunk[i]!);
  const batches = sortedBatches([...chunk.keys()], length, rows);
  for (const members of batches.flatMap((batch) => dividedRows(batch, length, tokens))) {
    const found = await compute(members.map((i) => chunk[i]!));
    for (const [place, i] of members.entries()) results[i] = found[place]!;
  }
  return results;
}

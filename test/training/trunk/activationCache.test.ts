import { describe, expect, it } from 'vitest';
import { input } from '../../../extension/graph/ops.ts';
import type { Feeds } from '../../../extension/graph/tensor.ts';
import type { Batch } from '../../../extension/tasks/task.ts';
import { ActivationCache, type ComputePrefix } from '../../../extension/training/trunk/activationCache.ts';

const lengths = [3, 1, 2, 3, 2, 1];
const fixed = {
  outputs: { token: input('token', 'f32', ['B', 'S', 2]), first: input('first', 'f32', ['B', 3]) },
};

async function batchOf(rows: readonly number[]): Promise<Batch> {
  const examples = rows.map((index) => {
    const inputIds = new Array<number>(lengths[index]!).fill(index);
    return { index, inputIds, tokenTypeIds: inputIds, target: [] };
  });
  return { examples, feeds: {}, tokens: 0, labelledItems: rows.length };
}

/** Computes values that show their row, their place and, as the last bits of products do, the batch beside them. */
function engine() {
  const runs: (readonly number[])[] = [];
  return {
    runs,
    compute: (rows: readonly number[]) => {
      runs.push(rows);
      const width = Math.max(...rows.map((row) => lengths[row]!));
      const beside = rows.length / 100;
      const token = Float32Array.from(
        { length: rows.length * width * 2 },
        (_, i) => rows[Math.floor(i / (2 * width))]! * 10 + (i % (2 * width)) + beside,
      );
      const first = Float32Array.from({ length: rows.length * 3 }, (_, i) => rows[Math.floor(i / 3)]! * 100 + beside);
      return {
        token: { dtype: 'f32', shape: [rows.length, width, 2], data: token },
        first: { dtype: 'f32', shape: [rows.length, 3], data: first },
      } as const;
    },
  };
}

/** Rows by the batch that holds them, as the graph's inputs would tell. */
function keptWith({ compute }: ReturnType<typeof engine>, limitBytes: number) {
  const source = {
    batches: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    lengthOf: (row: number) => lengths[row]!,
    batchOf: async (rows: readonly number[]) => ({ ...(await batchOf(rows)), feeds: rowsFeed(rows) }),
  };
  const kept = new ActivationCache(source, fixed, limitBytes);
  const computed: ComputePrefix = async (feeds) => compute(rowsOf(feeds));
  return {
    kept,
    ask: async (rows: readonly number[]) => (await kept.complete(await source.batchOf(rows), rows, computed)).feeds,
  };
}

const rowsFeed = (rows: readonly number[]): Feeds => ({
  rows: { dtype: 'f32', shape: [rows.length], data: Float32Array.from(rows) },
});
const rowsOf = (feeds: Feeds): number[] => Array.from(feeds.rows!.data as Float32Array);

describe('ActivationCache', () => {
  it('computes each row once and gives it back without the padding of the batch it was computed in', async () => {
    const calls = engine();
    const { kept, ask } = keptWith(calls, 1e6);
    // 12 tokens of 2 numbers and 6 rows of 3, 4 bytes each.
    expect(kept.bytes).toBe(4 * (12 * 2 + 6 * 3));
    await ask([0, 1, 2]);
    const { token, first } = await ask([1, 4]);
    expect(calls.runs).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(token!.shape).toEqual([2, 2, 2]);
    expect(Array.from(token!.data as Float32Array, (x) => Math.round(x * 100) / 100)).toEqual([
      10.03, 11.03, 0, 0, 40.03, 41.03, 42.03, 43.03,
    ]);
    expect(first!.shape).toEqual([2, 3]);
    await ask([5, 0, 3]);
    expect(calls.runs).toHaveLength(2);
  });

  it('gives the same bits to an attempt that begins later', async () => {
    for (const limit of [0, 100, 1e6]) {
      const through = keptWith(engine(), limit);
      for (const rows of [
        [0, 1, 2],
        [3, 4, 5],
        [4, 0],
        [2, 5, 3],
      ])
        await through.ask(rows);
      const later = keptWith(engine(), limit);
      expect(await later.ask([1, 3])).toEqual(await through.ask([1, 3]));
    }
  });

  it('keeps whole batches up to its limit and computes the rows of the others when they are asked for', async () => {
    const calls = engine();
    const { kept, ask } = keptWith(calls, 4 * (6 * 2 + 3 * 3));
    expect(kept.bytes).toBe(4 * (6 * 2 + 3 * 3));
    await ask([0, 1, 2]);
    await ask([3, 4, 5]);
    await ask([0, 3, 1, 5]);
    await ask([0, 3, 1, 5]);
    expect(calls.runs).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [3, 5],
      [3, 5],
    ]);
  });
});

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadRows } from '../../extension/data/formats/bytes/badRows.ts';
import { readRows } from '../../extension/data/formats/read.ts';
import { ReadingLimitError } from '../../extension/data/formats/readers/readParquet.ts';
import { listColumns } from '../../extension/data/rows/columns.ts';
import { worldOf } from '../../extension/data/world.ts';
import { DataError } from '../../extension/tasks/rows/dataError.ts';
import { plainSplit } from '../config/support.ts';
import { type MadeColumn, parquetBytes, plainPage, varint } from '../support/parquetBytes.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const values = (count: number): number[] => Array.from({ length: count }, (_, i) => [i, 0, 0, 0]).flat();
/** Levels that say "there is a value" `run` times, before three values. */
const levels = (run: number): number[] => {
  const bytes = [...varint(2 * run), 1];
  return [bytes.length, 0, 0, 0, ...bytes, ...values(3)];
};
const whole = (name: string): MadeColumn => ({ name, page: plainPage(3), content: levels(3) });

function written(bytes: Buffer): string {
  const file = path.join(temporaryFolder(), 'data.parquet');
  writeFileSync(file, bytes);
  return file;
}

/** The rows of a file, or what is said instead, and what it cost this process. */
async function read(
  bytes: Buffer,
): Promise<{ readonly rows: unknown[]; readonly error: unknown; readonly mib: number }> {
  const file = written(bytes);
  const before = process.memoryUsage();
  const rows: unknown[] = [];
  let error: unknown;
  try {
    for await (const row of readRows({ file }, [], new BadRows('error'))) rows.push(row.cells);
  } catch (problem) {
    error = problem;
  }
  return { rows, error, mib: (process.memoryUsage().rss - before.rss) / 2 ** 20 };
}

describe('a Parquet file made by hand', () => {
  it('is read when it is whole', async () => {
    const { rows } = await read(parquetBytes(3, [whole('a'), whole('b')]));
    expect(rows).toEqual([0, 1, 2].map((i) => ({ a: i, b: i })));
  });
});

const levelsWithoutLengths = [
  8,
  'struct',
  [
    [1, 'i32', 3],
    [2, 'i32', 0],
    [3, 'i32', 3],
    [4, 'i32', 0],
  ],
] as const;

/** Files of a few hundred bytes each. */
const hostile: Readonly<Record<string, () => Buffer>> = {
  'a run of levels of 134 million': () => parquetBytes(3, [{ ...whole('a'), content: levels(2 ** 27) }]),
  'a page whose header says nothing of its levels’ lengths': () =>
    parquetBytes(3, [{ name: 'a', page: [levelsWithoutLengths], content: [...varint(0), ...values(3)] }]),
  'two hundred million values in a page': () => parquetBytes(3, [{ ...whole('a'), page: plainPage(2e8) }]),
  'several columns cut short': () =>
    parquetBytes(
      3,
      Array.from('abcdefgh', (name) => ({ ...whole(name), content: [1, 0, 0, 0, 6], codec: 1 })),
    ),
  'lists of millions in its footer': () =>
    parquetBytes(
      3,
      [whole('a')],
      [
        [
          5,
          'bytes',
          [
            0xf9,
            ...varint(2 ** 25),
            ...Array(30)
              .fill([0xf9, ...varint(2 ** 25)])
              .flat(),
          ],
        ],
      ],
    ),
};

describe.each(Object.keys(hostile))('a Parquet file with %s', (what) => {
  it('ends in a sentence, and costs whoever looks at it nothing', async () => {
    const bytes = hostile[what]!();
    expect(bytes.length).toBeLessThan(1000);
    const { error, rows, mib } = await read(bytes);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(
      /data\.parquet: (must be a whole Parquet file \(|must be decoded (quickly|in little memory), got a file that takes too)/,
    );
    expect(rows).toEqual([]);
    expect(mib).toBeLessThan(50);
  });
});

describe('looking at a hostile Parquet file', () => {
  it('ends the editor’s checks in a sentence, within the limits of a look', async () => {
    const file = written(hostile['a run of levels of 134 million']!());
    const world = worldOf(path.dirname(file));
    expect(await listColumns({ file })).toEqual(['a']);
    expect(await world.columns({ file, format: 'parquet', delimiter: null, columns: null })).toEqual(['a']);
    const split = { ...plainSplit(file), format: 'parquet', text: 'a', label: 'a' } as const;
    const found = await world.labels(split, { task: 'classification', onBadRow: 'error' });
    expect(found).toMatchObject({
      distinct: [],
      rows: 0,
      complete: false,
      problem: {
        message: expect.stringMatching(/must be decoded (quickly|in little memory), got a file that takes too/),
      },
    });
  });

  it('stops early when a file claims more rows than it holds', async () => {
    const error = await read(parquetBytes(2 ** 40, [whole('a')])).then((read) => read.error);
    expect(error).toBeInstanceOf(ReadingLimitError);
  });
});

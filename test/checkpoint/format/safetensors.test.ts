import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../extension/checkpoint/format/checkpointError.ts';
import {
  openSafetensors,
  readBytes,
  readFloats,
  type SafetensorsTensor,
  writeSafetensors,
} from '../../../extension/checkpoint/format/safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header text (or these header bytes) and so many bytes of data. */
async function file(header: string | Uint8Array, dataBytes: number | Uint8Array = 0, length?: bigint): Promise<string> {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  const path = join(folder, 'given.safetensors');
  const data = typeof dataBytes === 'number' ? new Uint8Array(dataBytes) : dataBytes;
  await writeFile(path, Buffer.concat([prefix, json, data]));
  return path;
}
const entry = (start: unknown, end: unknown, shape: unknown = [1], dtype: unknown = 'F32') =>
  JSON.stringify({ dtype, shape, data_offsets: [start, end] });

describe('writing and reading', () => {
  const tensors = new Map<string, SafetensorsTensor>([
    ['b', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0.5, Number.NaN, Number.POSITIVE_INFINITY) }],
    ['flags', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ['step', { dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 60n)) }],
    ['a', { dtype: 'F32', shape: [0, 4], data: new Float32Array() }],
  ]);

  it('gives back what was written', async () => {
    const path = join(folder, 'round.safetensors');
    await writeSafetensors(path, tensors, { format: 'pt', epoch: '3' });
    const read = await openSafetensors(path);
    expect(read.metadata).toEqual({ format: 'pt', epoch: '3' });
    expect([...read.entries.keys()]).toEqual(['step', 'a', 'b', 'flags']);
    expect(await readFloats(read, 'b')).toEqual(tensors.get('b')!.data);
    expect(await readFloats(read, 'a')).toEqual(new Float32Array());
    expect([...(await readBytes(read, 'flags'))]).toEqual([1, 2, 255]);
    expect(new BigInt64Array((await readBytes(read, 'step')).buffer)).toEqual(BigInt64Array.of(-(2n ** 60n)));
    expect(read.entries.get('step')!.start % 8).toBe(0);
  });

  it('writes equal bytes for equal contents, whatever their order', async () => {
    const [one, two] = [join(folder, 'one.safetensors'), join(folder, 'two.safetensors')];
    await writeSafetensors(one, tensors, { a: '1', b: '2' });
    await writeSafetensors(two, new Map([...tensors].reverse()), { b: '2', a: '1' });
    expect(await readFile(two)).toEqual(await readFile(one));
  });

  it('writes part of a larger buffer', async () => {
    const path = join(folder, 'view.safetensors');
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    await writeSafetensors(path, new Map([['x', { dtype: 'F32', shape: [2], data }]]));
    expect([...(await readFloats(await openSafetensors(path), 'x'))]).toEqual([1, 2]);
  });

  it('reads tensors larger than one chunk', async () => {
    const data = Float32Array.from({ length: 600_001 }, (_, i) => i);
    const path = join(folder, 'large.safetensors');
    await writeSafetensors(path, new Map([['x', { dtype: 'F32', shape: [600_001], data }]]));
    expect(await readFloats(await openSafetensors(path), 'x')).toEqual(data);
  });

  it('refuses a shape that does not fit the data, and leaves the file as it was', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeSafetensors(path, tensors);
    const before = await readFile(path);
    const wrong = new Map<string, SafetensorsTensor>([['x', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]]);
    await expect(writeSafetensors(path, wrong)).rejects.toThrow('x: [3] holds 3 values, got 2');
    expect(await readFile(path)).toEqual(before);
  });

  it('gives back any tensors', async () => {
    const path = join(folder, 'any.safetensors');
    const floats = fc.array(fc.float(), { maxLength: 20 }).map((values) => Float32Array.from(values));
    const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, floats, { maxKeys: 5 }), async (values) => {
        const given = Object.entries(values);
        await writeSafetensors(
          path,
          new Map(given.map(([name, data]) => [name, { dtype: 'F32' as const, shape: [data.length], data }])),
        );
        const read = await openSafetensors(path);
        expect(read.entries.size).toBe(given.length);
        for (const [name, data] of given) expect(await readFloats(read, name)).toEqual(data);
      }),
      { numRuns: 40 },
    );
  });
});

describe('other float types', () => {
  it('widens f16 and bf16 exactly and rounds f64', async () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x7c00, 0x7e00);
    const brain = Uint16Array.of(0x3f80, 0xc040, 0x0001, 0x7f80);
    const double = Float64Array.of(0.1, -1e300);
    const bytes = Buffer.concat([half, brain, double].map((part) => Buffer.from(part.buffer)));
    const path = await file(
      `{"h":${entry(0, 14, [7], 'F16')},"b":${entry(14, 22, [4], 'BF16')},"d":${entry(22, 38, [2], 'F64')}}`,
      bytes,
    );
    const read = await openSafetensors(path);
    expect([...(await readFloats(read, 'h'))]).toEqual([
      1,
      -2,
      2 ** -24,
      -0,
      65_504,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    expect([...(await readFloats(read, 'b'))]).toEqual([1, -3, 2 ** -133, Number.POSITIVE_INFINITY]);
    expect([...(await readFloats(read, 'd'))]).toEqual([Math.fround(0.1), Number.NEGATIVE_INFINITY]);
  });

  it('refuses to read integers as floats', async () => {
    const read = await openSafetensors(await file(`{"ids":${entry(0, 8, [1], 'I64')}}`, 8));
    await expect(readFloats(read, 'ids')).rejects.toThrow('ids: dtype must be one of F32, F64, BF16, F16, got I64');
  });
});

describe('damaged and hostile files', () => {
  it.each([
    ['an empty file', '', 0],
    ['text', 'not a model', 0],
    ['no JSON', '{"a":', 0],
    ['an array', '[]', 0],
    ['a number', '12345', 0],
    ['deep nesting', `${'['.repeat(100_000)}`, 0],
    ['a name twice', `{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, 4],
    ['a name twice, once escaped', `{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`, 4],
    ['a field twice', '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4],
    ['an unknown dtype', `{"a":${entry(0, 4, [1], 'F99')}}`, 4],
    ['a dtype of the prototype', `{"a":${entry(0, 4, [1], 'toString')}}`, 4],
    ['NaN dimensions', '{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4],
    ['null dimensions', `{"a":${entry(0, 4, [null])}}`, 4],
    ['infinite dimensions', '{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4],
    ['negative dimensions', `{"a":${entry(0, 4, [-1, -1])}}`, 4],
    ['fractional dimensions', `{"a":${entry(0, 4, [0.5, 2])}}`, 4],
    ['dimensions whose product overflows', `{"a":${entry(0, 0, [2 ** 52, 2 ** 52, 2 ** 52])}}`, 0],
    ['many dimensions', `{"a":${entry(0, 4, Array(1000).fill(1))}}`, 4],
    ['too few bytes', `{"a":${entry(0, 4, [2])}}`, 4],
    ['data beyond the file', `{"a":${entry(0, 400, [100])}}`, 4],
    ['data before the file', `{"a":${entry(-4, 0)}}`, 4],
    ['an end before its start', `{"a":${entry(4, 0)}}`, 4],
    ['three offsets', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4],
    ['an overlap', `{"a":${entry(0, 8, [2])},"b":${entry(4, 12, [2])}}`, 12],
    ['the same bytes twice', `{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4],
    ['a gap', `{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12],
    ['data that nothing names', `{"a":${entry(0, 4)}}`, 8],
    ['metadata that is not text', '{"__metadata__":{"n":1}}', 0],
    ['an entry that is not an object', '{"a":4}', 0],
    ['an entry with more fields', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x"}}', 4],
  ])('refuses %s', async (_, header, dataBytes) => {
    await expect(openSafetensors(await file(header, dataBytes))).rejects.toThrow(CheckpointError);
  });

  it('refuses bytes that are not UTF-8', async () => {
    await expect(openSafetensors(await file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22)))).rejects.toThrow('must be JSON');
  });

  it.each([2n ** 64n - 1n, 2n ** 53n, 100_000_001n])(
    'refuses a header of %d bytes without reading it',
    async (length) => {
      await expect(openSafetensors(await file('{}', 0, length))).rejects.toThrow(
        `the header must be at most 100000000 bytes, got ${length}`,
      );
    },
  );

  it('refuses a header longer than the file', async () => {
    await expect(openSafetensors(await file('{}', 0, 64n))).rejects.toThrow(
      'must fit into the file, which has 10 bytes',
    );
  });

  it('says which tensor, rule and values', async () => {
    const path = await file(`{"a":${entry(0, 4)},"encoder.bias":${entry(2, 6)}}`, 6);
    await expect(openSafetensors(path)).rejects.toThrow(
      `${path}: tensor "encoder.bias": overlaps the tensor before it: data must begin at 4, got 2; the file is damaged`,
    );
  });

  it('refuses every truncation of a good file', async () => {
    const whole = join(folder, 'whole.safetensors');
    await writeSafetensors(whole, new Map([['x', { dtype: 'F32', shape: [4], data: new Float32Array(4) }]]));
    const bytes = await readFile(whole);
    const path = join(folder, 'cut.safetensors');
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(openSafetensors(path)).rejects.toThrow(CheckpointError);
    }
  });

  it('names what lies in its place', async () => {
    const path = join(folder, 'pointer.safetensors');
    await writeFile(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n');
    await expect(openSafetensors(path)).rejects.toThrow(
      'must be safetensors, got a pointer of Git LFS; fetch the file itself with git lfs pull',
    );
  });

  it('notices a file that becomes shorter after it was opened', async () => {
    const path = join(folder, 'shrinking.safetensors');
    await writeSafetensors(path, new Map([['x', { dtype: 'F32', shape: [100], data: new Float32Array(100) }]]));
    const read = await openSafetensors(path);
    await truncate(path, 200);
    await expect(readFloats(read, 'x')).rejects.toThrow('it was cut short');
  });

  it('says that a file does not exist', async () => {
    await expect(openSafetensors(join(folder, 'absent'))).rejects.toThrow('does not exist; check the path');
    await expect(openSafetensors(folder)).rejects.toThrow(CheckpointError);
  });

  it('says that a tensor does not exist', async () => {
    const read = await openSafetensors(await file('{}'));
    await expect(readFloats(read, 'x')).rejects.toThrow('must hold the tensor x, which is missing');
  });

  it('answers any bytes with a header or a CheckpointError', async () => {
    const good = Buffer.from(`{"a":${entry(0, 4)},"b":${entry(4, 8)}}`);
    const flip = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.array(flip, { maxLength: 4 }), async (bytes, flips) => {
        const changed = Buffer.from(good);
        for (const [at, value] of flips) changed[at] = value;
        const raw = join(folder, 'raw.safetensors');
        await writeFile(raw, bytes);
        for (const path of [raw, await file(bytes), await file(changed, 8)]) {
          try {
            const { entries } = await openSafetensors(path);
            for (const { start, end } of entries.values()) expect(end).toBeGreaterThanOrEqual(start);
          } catch (error) {
            expect(error).toBeInstanceOf(CheckpointError);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  inMemory,
  neededParts,
  type Placed,
  weightsOf,
} from '../../../../extension/engines/onnx/weights/int8Weights.ts';
import { int8Weights } from '../../../../extension/engines/onnx/weights/keptBytes.ts';
import { input, linear, parameter } from '../../../../extension/graph/ops.ts';
import type { FrozenTensor } from '../../../../extension/graph/tensor.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

/** Its bytes are just enough to be kept. */
const [out, inner] = [1024, 4_100];
const graph = { outputs: { y: linear(input('x', 'f32', ['B', inner]), parameter('w', [out, inner], false)) } };
const data = Float32Array.from({ length: out * inner }, (_, i) => ((i * 7919) % 1009) - 504);
const frozen = new Map<string, FrozenTensor>([['w', { kind: 'memory', data, shape: [out, inner] }]]);

const dtype = 'i8';
let cache: string;
const folder = () => join(cache, 'int8');
const files = () => readdirSync(folder()).filter((name) => name.endsWith('.bytes'));

beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('PEFT_LAB_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Where the weight's values are said to lie, and what lies there. */
async function found(): Promise<{ readonly kind: string; readonly values: Buffer }> {
  const { weights, folder: root } = await int8Weights(graph, frozen, { dtype, folder: undefined });
  const values = weights.forward.get('w')!.values;
  return { kind: values.kind, values: bytesAt(values, root) };
}

function bytesAt(values: Placed<Int8Array | Uint8Array>, root: string | undefined): Buffer {
  if (values.kind === 'embedded') return Buffer.from(values.data.buffer, values.data.byteOffset, values.data.length);
  const { location, offset } = values;
  expect(offset % 64).toBe(0);
  return readFileSync(join(root!, location)).subarray(offset, offset + out * inner);
}

async function expected(): Promise<Buffer> {
  return bytesAt(
    weightsOf(await inMemory(neededParts(graph, frozen), dtype), dtype).forward.get('w')!.values,
    undefined,
  );
}

describe('the bytes of large weights', () => {
  it('lie in a file of the folder for caches, which the next session opens as it is', async () => {
    const first = await found();
    expect(first.kind).toBe('external');
    expect(first.values.equals(await expected())).toBe(true);
    const [name] = files();
    const { mtimeMs, ino } = statSync(join(folder(), name!));
    await found();
    expect(files()).toEqual([name]);
    expect(statSync(join(folder(), name!))).toMatchObject({ mtimeMs, ino });
  });

  it('lie beside the columns that are multiplied in f32, which have a file of their own for each choice', async () => {
    const columnsOf = async (channels: readonly number[]) => {
      const wanted = { dtype, folder: undefined, outliers: { w: channels } } as const;
      const { weights, folder: root } = await int8Weights(graph, frozen, wanted);
      const place = weights.columns.get('w')!;
      if (place.kind === 'embedded') return place.data;
      const bytes = readFileSync(join(root!, place.location)).subarray(place.offset);
      return new Float32Array(Uint8Array.from(bytes).buffer, 0, out * channels.length);
    };
    const expected = (channels: readonly number[]) =>
      Float32Array.from(
        Array.from({ length: out }, (_, row) => channels.map((channel) => data[row * inner + channel]!)).flat(),
      );
    expect(await columnsOf([3, 77])).toEqual(expected([3, 77]));
    expect(files()).toHaveLength(1);
    const many = Array.from({ length: 1_100 }, (_, i) => 2 * i);
    expect(await columnsOf(many)).toEqual(expected(many));
    expect(files()).toHaveLength(2);
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, 1000)],
    ['written over', (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    ['without its stamp', (file: string) => writeFileSync(file.replace(/bytes$/, 'stamp.json'), '{')],
  ])('are made anew where the file was found %s', async (_, damage) => {
    const { values } = await found();
    damage(join(folder(), files()[0]!));
    const again = await found();
    expect(again.kind).toBe('external');
    expect(again.values.equals(values)).toBe(true);
  });

  it('are the same for two who make them at once, and nothing is left aside', async () => {
    const [one, two] = await Promise.all([found(), found()]);
    expect(one.values.equals(two.values)).toBe(true);
    expect(readdirSync(folder()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(files()).toHaveLength(1);
  });

  it('are made in memory where the folder takes none', async () => {
    const kept = await found();
    const file = join(cache, 'file');
    writeFileSync(file, '');
    vi.stubEnv('PEFT_LAB_CACHE', file);
    const held = await found();
    expect(held.kind).toBe('embedded');
    expect(held.values.equals(kept.values)).toBe(true);
  });
});

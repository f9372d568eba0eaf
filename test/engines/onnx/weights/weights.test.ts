import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphSession } from '../../../../extension/engines/onnx/graphSession.ts';
import { type Placement, placeWeights } from '../../../../extension/engines/onnx/weights/weights.ts';
import { add, input, linear, parameter } from '../../../../extension/graph/ops.ts';
import type { FrozenTensor } from '../../../../extension/graph/tensor.ts';
import { Random } from '../../../../extension/numbers/random.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

/** More than is written into a model: [width,width] has 72 KiB. */
const width = 136;
const weights = (name: string) => {
  const random = new Random(1, name);
  return Float32Array.from({ length: width * width }, () => random.nextNormal() / 10);
};
const [first, second] = [weights('first'), weights('second')];

/** Writes tensors into a file after some bytes, as a header would stand there. */
function writeWeights(path: string, header: number, ...tensors: readonly Float32Array[]): string {
  writeFileSync(path, Buffer.concat([Buffer.alloc(header, 'h'), ...tensors.map((data) => Buffer.from(data.buffer))]));
  return path;
}

const inFile = (file: string, offset: number): FrozenTensor => ({ kind: 'file', file, offset, shape: [width, width] });
const inMemory = (data: Float32Array): FrozenTensor => ({ kind: 'memory', data, shape: [width, width] });

/** x·firstᵀ + x·secondᵀ, and how the two weights were placed. */
async function run(one: FrozenTensor, two: FrozenTensor) {
  const placements = placeWeights(
    new Map([
      ['first', one],
      ['second', two],
    ]),
  );
  const x = input('x', 'f32', ['B', width]);
  const y = add(
    linear(x, parameter('first', [width, width], false)),
    linear(x, parameter('second', [width, width], false)),
  );
  const session = await GraphSession.open(
    { graph: { outputs: { y } }, placements, trainable: new Map(), seed: 1 },
    { threads: 1, prepack: false },
  );
  const data = Float32Array.from({ length: width }, (_, i) => i / width);
  const results = await session.run({ x: { dtype: 'f32', shape: [1, width], data } });
  await session.close();
  const kinds = [...placements.byName.values()].map((placement: Placement) => placement.kind);
  return { y: [...(results.y!.data as Float32Array)], kinds };
}

describe('frozen weights', () => {
  const expected = () => run(inMemory(first), inMemory(second));

  it('are passed from memory', async () => {
    const { y, kinds } = await expected();
    const byHand = Array.from({ length: width }, (_, row) => {
      let total = 0;
      for (let i = 0; i < width; i++) total += (i / width) * (first[row * width + i]! + second[row * width + i]!);
      return total;
    });
    expect(kinds).toEqual(['fed', 'fed']);
    for (const [i, value] of byHand.entries()) expect(y[i]).toBeCloseTo(value, 4);
  });

  it('are written into the model as far as there is room, for devices', () => {
    const both = new Map([
      ['first', inMemory(first)],
      ['second', inMemory(second)],
    ]);
    const kinds = (roomBytes: number) => [...placeWeights(both, roomBytes).byName.values()].map(({ kind }) => kind);
    expect(kinds(first.byteLength)).toEqual(['embedded', 'fed']);
    expect(kinds(2 * first.byteLength)).toEqual(['embedded', 'embedded']);
  });

  it('are widened when a model needs them, where their file has fewer bits, and only then', async () => {
    const bf16 = (data: Float32Array) => Uint16Array.from(new Uint32Array(data.buffer), (bits) => bits >>> 16);
    const widened = (data: Float32Array) => new Float32Array(Uint32Array.from(bf16(data), (bits) => bits << 16).buffer);
    const folder = temporaryFolder();
    const file = join(folder, 'model.safetensors');
    writeFileSync(file, Buffer.concat([first, second].map((data) => Buffer.from(bf16(data).buffer))));
    const narrow = (offset: number): FrozenTensor => ({
      kind: 'narrow',
      dtype: 'BF16',
      ...{ file, offset, shape: [width, width] },
    });
    const { y, kinds } = await run(narrow(0), narrow(first.byteLength / 2));
    expect(kinds).toEqual(['fed', 'fed']);
    expect(y).toEqual((await run(inMemory(widened(first)), inMemory(widened(second)))).y);
    const { byName } = placeWeights(new Map([['first', narrow(0)]]));
    rmSync(file);
    expect(() => (byName.get('first') as { readonly data: Float32Array }).data).toThrow('model.safetensors');
    writeWeights(file, 0, first);
    expect(() => placeWeights(new Map([['first', narrow(2 * first.byteLength)]]))).toThrow(
      `first must have ${first.byteLength / 2} bytes at offset ${2 * first.byteLength}, got 0`,
    );
  });

  it('are mapped from one file, at any offset', async () => {
    const file = writeWeights(join(temporaryFolder(), 'model.safetensors'), 13, first, second);
    const { y, kinds } = await run(inFile(file, 13), inFile(file, 13 + first.byteLength));
    expect(kinds).toEqual(['external', 'external']);
    expect(y).toEqual((await expected()).y);
  });

  it('are mapped from the shards of one folder', async () => {
    const folder = temporaryFolder();
    const one = writeWeights(join(folder, 'model-00001-of-00002.safetensors'), 8, first);
    const two = writeWeights(join(folder, 'model-00002-of-00002.safetensors'), 16, second);
    const { y, kinds } = await run(inFile(one, 8), inFile(two, 16));
    expect(kinds).toEqual(['external', 'external']);
    expect(y).toEqual((await expected()).y);
  });

  it('are mapped through symbolic links into another folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'blobs'));
    mkdirSync(join(folder, 'snapshots', 'main'), { recursive: true });
    writeWeights(join(folder, 'blobs', '1a2b'), 8, first);
    writeWeights(join(folder, 'blobs', '3c4d'), 8, second);
    const link = (blob: string, name: string) => {
      const path = join(folder, 'snapshots', 'main', name);
      symlinkSync(join('..', '..', 'blobs', blob), path);
      return path;
    };
    const { y, kinds } = await run(
      inFile(link('1a2b', 'model-1.safetensors'), 8),
      inFile(link('3c4d', 'model-2.safetensors'), 8),
    );
    expect(kinds).toEqual(['external', 'external']);
    expect(y).toEqual((await expected()).y);
  });

  it('are mapped from several folders', async () => {
    const one = writeWeights(join(temporaryFolder(), 'a.safetensors'), 8, first);
    const two = writeWeights(join(temporaryFolder(), 'b.safetensors'), 7, second);
    const { y, kinds } = await run(inFile(one, 8), inFile(two, 7));
    expect(kinds).toEqual(['external', 'external']);
    expect(y).toEqual((await expected()).y);
  });

  it('are written into the model where they are small', () => {
    const small: FrozenTensor = { kind: 'memory', data: new Float32Array(8), shape: [8] };
    expect(placeWeights(new Map([['bias', small]])).byName.get('bias')!.kind).toBe('embedded');
  });

  it('cannot be taken from a file that is too short', async () => {
    const one = writeWeights(join(temporaryFolder(), 'a.safetensors'), 8, first);
    const two = writeWeights(join(temporaryFolder(), 'b.safetensors'), 8, second);
    truncateSync(two, 1000);
    const fails = (tensors: Promise<unknown>, message: string) => expect(tensors).rejects.toThrow(message);
    const rule = `must have ${first.byteLength} bytes at offset 8, got 992; fetch the file again`;
    await fails(run(inFile(one, 8), inFile(two, 8)), `b.safetensors: second ${rule}`);
    await fails(run(inMemory(first), inFile(two, 8)), `b.safetensors: second ${rule}`);
    await fails(run(inFile(two, 2000), inMemory(second)), 'at offset 2000, got 0; fetch the file again');
    await fails(run(inFile(join(temporaryFolder(), 'none'), 8), inMemory(second)), 'ENOENT');
  });
});

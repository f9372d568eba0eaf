import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { modelWeights } from '../../extension/checkpoint/modelFolder.ts';
import { readSource } from '../../extension/checkpoint/readSource.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import { elements } from '../../extension/graph/tensor.ts';
import { mappedStart, type TensorSource } from '../../extension/models/model/tensorSource.ts';

const decoder = (name: string) => fileURLToPath(new URL(`../golden/decoders/${name}`, import.meta.url));

/** A decoder's weights as a causal language model has them. */
async function weightsOf(name: string) {
  const folder = decoder(name);
  const { config, dimensions } = await readModelConfig(folder);
  const model = { folder, config, dimensions, entries: await openWeights(folder) };
  return modelWeights(model, { head: 'causal-lm', outputs: dimensions.vocabulary, seed: 1 });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Reads a source of a stored tensor of 0, 1, 2, …. */
async function read(source: Omit<TensorSource, 'name'>): Promise<number[]> {
  const length = elements(source.shape);
  const path = join(folder, 'model.safetensors');
  const data = Float32Array.from({ length }, (_, i) => i);
  await writeSafetensors(path, new Map([['x', { dtype: 'F32', shape: source.shape, data }]]));
  const [entry] = await openWeights(folder);
  return [...(await readSource(entry!, { name: 'x', ...source }))];
}

describe('readSource', () => {
  it('reads whole tensors, and rows and columns of them', async () => {
    expect(await read({ shape: [2, 3] })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await read({ shape: [3, 2], slice: { axis: 0, start: 1, end: 3 } })).toEqual([2, 3, 4, 5]);
    expect(await read({ shape: [2, 3], slice: { axis: 1, start: 1, end: 3 } })).toEqual([1, 2, 4, 5]);
    expect(await read({ shape: [2, 3, 2], slice: { axis: 1, start: 2, end: 3 } })).toEqual([4, 5, 10, 11]);
    expect(await read({ shape: [4], slice: { axis: 0, start: 2, end: 4 } })).toEqual([2, 3]);
  });

  it('turns what lies [in,out], whole or in part', async () => {
    expect(await read({ shape: [2, 3], transposed: true })).toEqual([0, 3, 1, 4, 2, 5]);
    const columns = { shape: [2, 4], transposed: true, slice: { axis: 1, start: 2, end: 4 } } as const;
    expect(await read(columns)).toEqual([2, 6, 3, 7]);
    const rows = { shape: [3, 2], transposed: true, slice: { axis: 0, start: 1, end: 3 } } as const;
    expect(await read(rows)).toEqual([2, 4, 3, 5]);
  });

  it('adds what norms are stored without', async () => {
    expect(await read({ shape: [3], offset: 1 })).toEqual([1, 2, 3]);
  });

  it('reads in pieces what is larger than one', async () => {
    const [rows, columns] = [700, 900];
    const values = await read({ shape: [rows, columns], transposed: true, slice: { axis: 1, start: 300, end: 600 } });
    expect(values).toHaveLength(300 * rows);
    for (const [row, column] of [
      [0, 0],
      [299, 0],
      [17, 460],
      [299, 699],
    ] as const) {
      expect(values[row * rows + column]).toBe(column * columns + 300 + row);
    }
  });

  it('leaves to an engine what lies in one piece, and nothing else', () => {
    const name = 'x';
    expect(mappedStart({ name, shape: [4, 2] })).toBe(0);
    expect(mappedStart({ name, shape: [4, 2], slice: { axis: 0, start: 1, end: 3 } })).toBe(2);
    expect(mappedStart({ name, shape: [4, 2], slice: { axis: 1, start: 1, end: 2 } })).toBeUndefined();
    expect(mappedStart({ name, shape: [4, 2], transposed: true })).toBeUndefined();
    expect(mappedStart({ name, shape: [4], offset: 1 })).toBeUndefined();
  });
});

describe("a GPT-2's weights", () => {
  const path = 'h.1.attn.c_attn';
  const file = () => openSafetensors(join(decoder('gpt2'), 'model.safetensors'));

  it('are query, key and value cut from one tensor and turned', async () => {
    const weights = await weightsOf('gpt2');
    const whole = await readFloats(await file(), `transformer.${path}.weight`); // [16,48]
    const bias = await readFloats(await file(), `transformer.${path}.bias`); // [48]
    for (const [part, name] of ['query', 'key', 'value'].entries()) {
      const expected = Float32Array.from({ length: 256 }, (_, i) => whole[(i % 16) * 48 + 16 * part + (i >> 4)]!);
      expect(await weights.read(`${path}.${name}.weight`)).toEqual(expected);
      expect(await weights.read(`${path}.${name}.bias`)).toEqual(bias.slice(16 * part, 16 * part + 16));
    }
    const up = await readFloats(await file(), 'transformer.h.0.mlp.c_fc.weight'); // [16,64]
    const turned = Float32Array.from({ length: 1024 }, (_, i) => up[(i % 16) * 64 + (i >> 4)]!);
    expect(await weights.read('h.0.mlp.c_fc.weight')).toEqual(turned);
  });

  it('stay in their file where they lie as they are here', async () => {
    const weights = await weightsOf('gpt2');
    expect(weights.isInFile('wte.weight')).toBe(true);
    expect(weights.isInFile(`${path}.key.weight`)).toBe(false);
    const names = [`${path}.key.bias`, `${path}.key.weight`];
    const frozen = await weights.frozen(names);
    const [bias, weight] = names.map((name) => frozen.get(name)!);
    expect(weight).toMatchObject({ kind: 'memory', shape: [16, 16] });
    if (bias?.kind !== 'file') expect.unreachable();
    expect(bias.shape).toEqual([16]);
    const bytes = (await readFile(bias.file)).subarray(bias.offset, bias.offset + 64);
    expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(await weights.read(names[0]!));
  });

  it('are all found, and its causal masks are none of them', async () => {
    const weights = await weightsOf('gpt2');
    expect(weights.fresh).toEqual([]);
    expect(weights.notes).toEqual([]);
    expect(weights.skipped).toEqual(['transformer.h.0.attn.bias', 'transformer.h.1.attn.bias']);
  });
});

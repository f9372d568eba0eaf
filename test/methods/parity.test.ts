import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readBytes, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import { configured, tinyModel } from './outlines.ts';
import { largest, largestDifference, type Rows, TinyRun, type Values } from './tinyRun.ts';

/**
 * Made by test/golden/methods/make.py with PEFT, for adapters with plain PyTorch; and for gates, which PEFT does not have,
 * by gates.py beside it.
 */
const goldenOf = (name: string): string =>
  fileURLToPath(
    new URL(`../golden/methods/${name.startsWith('gated-') ? 'gates' : 'methods'}.safetensors`, import.meta.url),
  );
const model = tinyModel();

/** Every f32 tensor under a folder of the file, by the rest of its name. */
async function floats(folder: string): Promise<Values> {
  const file = await openSafetensors(goldenOf(folder));
  const names = [...file.entries.keys()].filter((name) => name.startsWith(`${folder}/`));
  const values = await Promise.all(names.map((name) => readFloats(file, name)));
  return new Map(names.map((name, i) => [name.slice(folder.length + 1), values[i]!]));
}

async function readRows(): Promise<Rows> {
  const file = await openSafetensors(goldenOf('input'));
  const integers = async (name: string) =>
    Array.from(new BigInt64Array((await readBytes(file, `input/${name}`)).buffer), Number);
  const rows = async (name: string) => {
    const flat = await integers(name);
    return [0, 5, 10].map((start) => flat.slice(start, start + 5));
  };
  return {
    ids: await rows('ids'),
    types: await rows('types'),
    mask: await rows('mask'),
    labels: await integers('labels'),
  };
}

describe.each([
  ['ln-tuning', 'ln-tuning'],
  ['lora', { lora: { rank: 2, alpha: 6 } }],
  ['ia3', { ia3: { attention_output: true } }],
  ['prefix', { prefix: { length: 3 } }],
  ['prefix-mlp', { prefix: { length: 3, mlp: true, mlp_width: 5 } }],
  ['adapter-attention', { adapter: { at: 'attention', bottleneck: 3 } }],
  ['adapter-ffn-parallel', { adapter: { placement: 'parallel', bottleneck: 3, activation: 'gelu' } }],
  ['gated-lora', { lora: { rank: 2, alpha: 6, targets: ['query', 'down'], gated: true } }],
  ['gated-prefix', { prefix: { length: 3, gated: true } }],
  ['gated-adapter', { adapter: { at: 'attention', bottleneck: 3, gated: true } }],
  ['gated-parallel', { adapter: { placement: 'parallel', bottleneck: 3, activation: 'gelu', gated: true } }],
  ['gated-unified', { unified: { length: 3, bottleneck: 3, gated: true } }],
])('%s', (name, methods) => {
  let run: TinyRun;
  let values: Values;
  beforeAll(async () => {
    run = new TinyRun(model, configured(methods), await floats('base'), await readRows());
    values = await floats(`${name}/value`);
  });

  it('tunes the same tensors as the reference', () => {
    expect(new Set(run.first.keys())).toEqual(new Set(values.keys()));
  });

  it('gives the same logits', async () => {
    const { logits } = Object.fromEntries(await floats(name));
    expect(largestDifference(await run.logits(values), logits!)).toBeLessThan(1e-5);
  });

  it('gives the same gradients', async () => {
    const expected = await floats(`${name}/gradient`);
    for (const [tensor, gradient] of await run.gradients(values)) {
      const tolerance = 1e-5 + 1e-4 * largest(expected.get(tensor)!);
      expect(largestDifference(gradient, expected.get(tensor)!), tensor).toBeLessThan(tolerance);
    }
  });
});

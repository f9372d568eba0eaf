import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAdapter, writeAdapter } from '../../extension/checkpoint/adapterFolder.ts';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { openSeal } from '../../extension/checkpoint/format/seal.ts';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tinyModel, tunedModel } from '../support/tunedModels.ts';

async function written(model: string, methods: string): Promise<string> {
  const folder = join(temporaryFolder(), 'adapter');
  await writeAdapter(folder, await tunedModel(model, methods));
  return folder;
}

const load = async (folder: string, model = 'bert-sequence') => loadAdapter(folder, await openModel(tinyModel(model)));

function edit(folder: string, change: (manifest: Record<string, unknown>) => void): void {
  const path = join(folder, 'manifest.json');
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(path, 'utf8'));
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

describe('an adapter folder', () => {
  it.each([
    'unified: {length: 2}',
    'bitfit',
    'prefix: {length: 3, mlp: true}',
    '[full, ia3]',
    '[lora: {rank: 2}, lora: {rank: 3}]',
    'head-only',
  ])('gives %s back as it was', async (methods) => {
    const tuned = await tunedModel('bert-sequence', methods);
    const folder = join(temporaryFolder(), 'adapter');
    await writeAdapter(folder, tuned);
    const back = await load(folder);
    expect({ ...back, model: undefined }).toEqual({
      ...tuned,
      model: undefined,
      methods: tuned.methods.map((method) => ({ ...method, path: undefined, learningRate: undefined })),
    });
  });

  it('has equal bytes for equal models, with nothing of the time or machine', async () => {
    const [first, second] = [
      await written('bert-sequence', 'unified: {length: 2}'),
      await written('bert-sequence', 'unified: {length: 2}'),
    ];
    for (const name of ['adapter.safetensors', 'manifest.json']) {
      expect(readFileSync(join(first, name)).equals(readFileSync(join(second, name)))).toBe(true);
    }
  });

  it('says in its manifest what it holds', async () => {
    const folder = await written('bert-token', 'ln-tuning: {terms: bias, layers: 1}');
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 'peft-lab-adapter',
      version: 1,
      model: { dimensions: { architecture: 'bert', layers: 2, hidden: 16 } },
      task: 'token-classification',
      labels: ['bad', 'fair', 'good'],
      methods: [{ method: 'ln-tuning', options: { terms: ['bias'], layers: 1 } }],
      tensors: [
        { name: 'encoder.layer.1.attention.output.LayerNorm.bias', shape: [16], part: 'method' },
        { name: 'encoder.layer.1.output.LayerNorm.bias', shape: [16], part: 'method' },
        { name: 'classifier.weight', shape: [3, 16], part: 'head' },
        { name: 'classifier.bias', shape: [3], part: 'head' },
      ],
    });
    expect(manifest.model.name).toBe(tinyModel('bert-token'));
  });

  it('is not written when tensors are missing or of the wrong size', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const tensors = new Map(tuned.tensors);
    tensors.delete('classifier.bias');
    tensors.set('classifier.weight', new Float32Array(5));
    tensors.set('stray', new Float32Array(1));
    const done = writeAdapter(join(temporaryFolder(), 'adapter'), { ...tuned, tensors });
    await expect(done).rejects.toThrow(
      /classifier.bias: is missing[\s\S]*classifier.weight: must be \[3,16\], got \[5\][\s\S]*stray: belongs to none/,
    );
  });
});

describe('loading an adapter', () => {
  it.each([
    [
      'another version',
      { version: 2 },
      /manifest.json: version must be 1, got 2; read it with the version of PEFT Lab/,
    ],
    ['an unknown method', { methods: [{ method: 'magic', options: {} }] }, /methods: magic is unknown; read it with/],
    [
      'wrong options',
      { methods: [{ method: 'lora', options: { rank: 0 } }] },
      /methods: lora.rank: .*; export the run/,
    ],
    ['an unknown key', { more: 1 }, /Unrecognized key.*; the manifest was changed or damaged/],
    [
      'other methods',
      { methods: [{ method: 'bitfit', options: {} }] },
      /attention.self.query.bias: is missing[\s\S]*LayerNorm.weight: belongs to none/,
    ],
    [
      'another list',
      { tensors: [{ name: 'x', shape: [1], part: 'head' }] },
      /manifest.json: must list the tensors of adapter.safetensors, got x; export the run again/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const folder = await written('bert-sequence', 'ln-tuning');
    edit(folder, (manifest) => Object.assign(manifest, change));
    await expect(load(folder)).rejects.toThrow(message);
  });

  it('refuses missing, surplus and misshaped tensors, all at once', async () => {
    const folder = await written('bert-sequence', 'lora: {rank: 2}');
    const path = join(folder, 'adapter.safetensors');
    const file = await openSafetensors(path);
    const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>();
    for (const { name, shape } of file.entries.values()) {
      tensors.set(name, { dtype: 'F32', shape, data: await readFloats(file, name) });
    }
    const name = (part: string) => `encoder.layer.0.attention.self.query.lora_${part}.weight`;
    tensors.set('more', tensors.get(name('A'))!);
    tensors.set(name('B'), { ...tensors.get(name('B'))!, shape: [2, 16] });
    tensors.delete(name('A'));
    await writeSafetensors(path, tensors, { sha256: openSeal });
    await expect(load(folder)).rejects.toThrow(
      /lora_A.weight: is missing[\s\S]*lora_B.weight: must be \[16,2\], got \[2,16\][\s\S]*more: belongs to none/,
    );
  });

  it('refuses a folder without files', async () => {
    await expect(load(temporaryFolder())).rejects.toThrow(/manifest.json: does not exist; give the folder/);
  });

  it('refuses another model', async () => {
    const folder = await written('bert-sequence', 'ln-tuning');
    await expect(load(folder, 'electra-sequence')).rejects.toThrow(
      /with architecture bert, got electra in .*; give that model/,
    );
    await expect(load(folder, 'bert-token')).rejects.toThrow(
      /weights have other names or shapes than those in .*bert-token/,
    );
  });

  it('keeps and compares sizes that are more than numbers', async () => {
    const source = resolve('test/golden/decoders/llama');
    const { config, dimensions } = await readModelConfig(source);
    const model = { folder: source, config, dimensions, entries: await openWeights(source) };
    const folder = join(temporaryFolder(), 'adapter');
    const tensors = new Map([['score.weight', new Float32Array(32)]]);
    const task = { task: 'classification', head: 'sequence', labels: ['a', 'b'], outputs: 2 } as const;
    await writeAdapter(folder, { model, modelName: 'llama', ...task, methods: [], tensors });
    expect((await loadAdapter(folder, model)).tensors).toEqual(tensors);
    const scaled = { ...model, dimensions: { ...dimensions, rotaryScaling: { kind: 'none' } } };
    await expect(loadAdapter(folder, scaled)).rejects.toThrow(
      'with rotaryScaling {"kind":"llama3","factor":8,"lowFactor":1,"highFactor":4,"length":8}, got {"kind":"none"}',
    );
  });

  it('takes a model whose config.json has changed where no size depends on it', async () => {
    const copy = join(temporaryFolder(), 'model');
    cpSync(tinyModel('bert-sequence'), copy, { recursive: true });
    const config = JSON.parse(readFileSync(join(copy, 'config.json'), 'utf8'));
    writeFileSync(join(copy, 'config.json'), JSON.stringify({ ...config, note: 'mine' }));
    const folder = await written('bert-sequence', 'ln-tuning');
    const { tensors } = await loadAdapter(folder, await openModel(copy));
    expect(tensors).toEqual((await load(folder)).tensors);
  });
});

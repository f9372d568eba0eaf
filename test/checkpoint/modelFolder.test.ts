import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../extension/checkpoint/format/checkpointError.ts';
import {
  openSafetensors,
  readFloats,
  type SafetensorsTensor,
  writeSafetensors,
} from '../../extension/checkpoint/format/safetensors.ts';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { frozenValues } from '../../extension/engines/frozenValues.ts';
import { readDimensions } from '../../extension/models/config.ts';

const golden = (name: string) => fileURLToPath(new URL(`../golden/models/${name}`, import.meta.url));
const words = 'embeddings.word_embeddings.weight';
const sequence = { head: 'sequence', outputs: 3, seed: 1 } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  [
    'version https://git-lfs.github.com/spec/v1\nsize 3\n',
    'a pointer of Git LFS; fetch the file itself with git lfs pull',
  ],
  [
    '<!DOCTYPE html>\n<html>\n',
    'a web page; download the file itself: a direct link, signed in where the server asks for it',
  ],
])('names what lies in place of a config.json: %j', async (content, got) => {
  await writeFile(join(folder, 'config.json'), content);
  await expect(readModelConfig(folder)).rejects.toThrow(`${join(folder, 'config.json')}: must be JSON, got ${got}`);
});

/** A copy of a golden model whose tensors are changed. */
async function changed(name: string, change: (tensors: Map<string, SafetensorsTensor>) => void): Promise<string> {
  const copy = join(folder, name);
  await cp(golden(name), copy, { recursive: true });
  const path = join(copy, 'model.safetensors');
  const file = await openSafetensors(path);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name: key, shape } of file.entries.values()) {
    tensors.set(key, { dtype: 'F32', shape, data: await readFloats(file, key) });
  }
  change(tensors);
  await writeSafetensors(path, tensors);
  return copy;
}

describe('openModel', () => {
  it('opens a folder and leaves f32 tensors where they lie', async () => {
    const model = await openModel(golden('bert-sequence'));
    expect(model.dimensions).toMatchObject({ architecture: 'bert', layers: 2, hidden: 16 });
    const weights = modelWeights(model, sequence);
    expect(weights).toMatchObject({ fresh: [], skipped: [] });
    expect(weights.pooler.map(({ name }) => name)).toEqual(['pooler.dense.weight', 'pooler.dense.bias']);
    expect(weights.outline.tensors.map(({ site }) => site)).not.toContain('pooler');
    const frozen = (await weights.frozen([words])).get(words)!;
    if (frozen.kind !== 'file') expect.unreachable();
    expect(frozen.shape).toEqual([60, 16]);
    const bytes = (await readFile(frozen.file)).subarray(frozen.offset, frozen.offset + 60 * 16 * 4);
    expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(await weights.read(words));
  });

  it.each(['electra-sequence', 'roberta-token'])(
    'leaves the narrower floats of %s where they lie, to be widened when they are read',
    async (name) => {
      const head = name === 'roberta-token' ? 'token' : 'sequence';
      const weights = modelWeights(await openModel(golden(name)), { ...sequence, head });
      const frozen = (await weights.frozen([words])).get(words)!;
      expect(frozen.kind).toBe('narrow');
      const values = frozenValues(frozen);
      expect(values).toHaveLength(frozen.shape[0]! * frozen.shape[1]!);
      expect(values.every((value) => Math.abs(value) < 2)).toBe(true);
      expect(values).toEqual(await weights.read(words));
    },
  );

  it('opens shards', async () => {
    const weights = modelWeights(await openModel(golden('bert-token')), { ...sequence, head: 'token' });
    const frozen = await weights.frozen(weights.outline.tensors.map(({ name }) => name));
    const files = new Set([...frozen.values()].map((tensor) => (tensor.kind === 'file' ? basename(tensor.file) : '')));
    expect(files.size).toBe(4);
  });

  it('renames legacy norms and skips buffers and other heads', async () => {
    const model = await openModel(golden('bert-masked-lm'));
    const weights = modelWeights(model, { head: 'masked-lm', outputs: 60, seed: 1 });
    expect(weights.fresh).toEqual([]);
    expect(weights.skipped).toEqual([
      'bert.embeddings.position_ids',
      'cls.predictions.decoder.weight',
      'cls.seq_relationship.bias',
      'cls.seq_relationship.weight',
    ]);
    expect(await weights.read('embeddings.LayerNorm.weight')).toHaveLength(16);
  });

  it("follows the links of the hub cache's layout to the real file", async () => {
    const snapshot = join(folder, 'snapshots', 'abc');
    const blobs = join(folder, 'blobs');
    await mkdir(snapshot, { recursive: true });
    await cp(golden('bert-sequence'), blobs, { recursive: true });
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      await rename(join(blobs, name), join(blobs, `hash-of-${name}`));
      await symlink(join('..', '..', 'blobs', `hash-of-${name}`), join(snapshot, name));
    }
    const weights = modelWeights(await openModel(snapshot), sequence);
    const frozen = (await weights.frozen([words])).get(words)!;
    expect(frozen.kind === 'file' && basename(frozen.file)).toBe('hash-of-model.safetensors');
    await rm(join(blobs, 'hash-of-model.safetensors'));
    await expect(openModel(snapshot)).rejects.toThrow('is a link to a file that is gone; download the model again');
  });

  it('initialises what the checkpoint lacks by seed: weights normal, biases zero', async () => {
    const model = await openModel(golden('bert-masked-lm'));
    const values = async (seed: number) => {
      const weights = modelWeights(model, { ...sequence, seed });
      expect(weights.fresh.map(({ spec }) => spec.name)).toEqual([
        'pooler.dense.weight',
        'pooler.dense.bias',
        'classifier.weight',
        'classifier.bias',
      ]);
      expect([...(await weights.read('classifier.bias'))]).toEqual([0, 0, 0]);
      expect((await weights.frozen(['pooler.dense.weight'])).get('pooler.dense.weight')).toMatchObject({
        kind: 'memory',
        shape: [16, 16],
      });
      return await weights.read('pooler.dense.weight');
    };
    const one = await values(1);
    expect(await values(1)).toEqual(one);
    expect(await values(2)).not.toEqual(one);
    const deviation = Math.sqrt(one.reduce((sum, value) => sum + value * value, 0) / one.length);
    expect(deviation).toBeGreaterThan(0.017);
    expect(deviation).toBeLessThan(0.023);
  });

  it('tells what becomes of a head that the checkpoint has', async () => {
    const model = await openModel(golden('roberta-sequence'));
    const weights = (names: readonly string[], labels: readonly string[]) =>
      modelWeights({ ...model, config: { ...model.config, id2label: { ...names } } }, { ...sequence, labels });
    const dense = 'classifier.dense.weight, classifier.dense.bias';
    const last = 'classifier.out_proj.weight, classifier.out_proj.bias';
    const taken = `the head: ${dense}, ${last} taken from the checkpoint`;
    expect(weights(['a', 'b', 'c'], ['a', 'b', 'c']).headText).toBe(taken);
    expect(weights(['LABEL_0', 'LABEL_1', 'LABEL_2'], ['a', 'b', 'c']).headText).toBe(taken);
    expect(weights(['a', 'b', 'c'], ['0', '1', '2']).headText).toBe(taken);
    expect(weights(['C', 'A', 'B'], ['a', 'b', 'c']).headText).toBe(
      `${taken}; its classes put in the order of the labels by their names`,
    );
    const other = weights(['x', 'b', 'c'], ['a', 'b', 'c']);
    expect(other.headText).toBe(
      `the head: ${dense} taken from the checkpoint; ${last} initialised at random: the checkpoint's classes are x, b, c, this task's a, b, c`,
    );
    expect([...(await other.read('classifier.out_proj.bias'))]).toEqual([0, 0, 0]);
    expect(other.isInFile('classifier.out_proj.weight')).toBe(false);
    expect(weights(['2', '1', '0'], ['0', '1', '2']).headText).toBe(
      `${taken}; its classes put in the order of the labels by their names`,
    );
    const five = modelWeights(
      { ...model, config: { ...model.config, id2label: { ...['e', 'd', 'c', 'b', 'a'] } } },
      { ...sequence, outputs: 5, labels: ['a', 'b', 'c', 'd', 'e'] },
    );
    expect(five.headText).toBe(
      `the head: ${dense} taken from the checkpoint; ${last} initialised at random: the checkpoint's has 3 outputs, this task 5`,
    );
    const bare = modelWeights(await openModel(golden('bert-masked-lm')), sequence);
    expect(bare.headText).toBeUndefined();
  });

  it('names every tensor that does not fit', async () => {
    const copy = await changed('bert-sequence', (tensors) => {
      tensors.delete('bert.encoder.layer.1.output.dense.weight');
      tensors.set('bert.encoder.layer.2.output.dense.bias', { dtype: 'F32', shape: [1], data: new Float32Array(1) });
      tensors.set('bert.embeddings.LayerNorm.weight', { dtype: 'F32', shape: [8], data: new Float32Array(8) });
      tensors.set('bert.embeddings.LayerNorm.bias', { dtype: 'U8', shape: [16], data: new Uint8Array(16) });
    });
    const model = await openModel(copy);
    try {
      modelWeights(model, sequence);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      const { problems, message } = error as CheckpointError;
      expect(message).toContain(copy);
      expect(problems).toEqual([
        expect.stringContaining('bert.embeddings.LayerNorm.weight: must be [16] as config.json says, got [8]'),
        expect.stringContaining('got none named encoder.layer.1.output.dense.weight'),
        expect.stringContaining('bert.embeddings.LayerNorm.bias: dtype must be one of F32, F64, BF16, F16, got U8'),
      ]);
    }
  });

  it.each(['bert', 'modernbert', 'deberta-v2'])(
    'refuses masked-lm alone where the output weights of %s are not the word table',
    async (name) => {
      const model = await openModel(golden(`${name}-masked-lm`));
      const config = { ...model.config, tie_word_embeddings: false };
      const untied = { ...model, config, dimensions: readDimensions(config, 'config.json') };
      expect(() => modelWeights(untied, { head: 'masked-lm', outputs: 60, seed: 1 })).toThrow(
        'config.json tie_word_embeddings: must be true for masked-lm, got false; choose another model',
      );
      for (const head of ['sequence', 'token'] as const) {
        expect(modelWeights(untied, { ...sequence, head }).head.length, head).toBeGreaterThan(0);
      }
    },
  );

  it.each([
    ['electra', 'generator_lm_head.weight', 'electra.embeddings.word_embeddings.weight', [60, 8]],
    ['deberta-v2', 'cls.predictions.decoder.weight', 'deberta.embeddings.word_embeddings.weight', [60, 15]],
    ['albert', 'predictions.decoder.weight', 'albert.embeddings.word_embeddings.weight', [60, 8]],
    ['mpnet', 'lm_head.decoder.weight', 'mpnet.embeddings.word_embeddings.weight', [60, 15]],
    ['roberta', 'lm_head.decoder.bias', 'lm_head.bias', [60]],
    ['distilbert', 'vocab_projector.weight', 'distilbert.embeddings.word_embeddings.weight', [60, 16]],
    ['modernbert', 'decoder.weight', 'model.embeddings.tok_embeddings.weight', [60, 18]],
  ] as const)(
    'refuses masked-lm alone where %s stores %s beside %s of other values',
    async (name, other, own, shape) => {
      const copy = await changed(`${name}-masked-lm`, (tensors) => {
        tensors.set(other, { dtype: 'F32', shape, data: new Float32Array(shape.reduce((a: number, b) => a * b, 1)) });
      });
      const model = await openModel(copy);
      expect(() => modelWeights(model, { head: 'masked-lm', outputs: 60, seed: 1 })).toThrow(
        `${other}: must equal ${own} for masked-lm, got other values; choose another model`,
      );
      expect(modelWeights(model, sequence).notes.join()).not.toContain(other);
    },
  );

  it("uses a decoder's own output weights where they differ from its word table, and says so", async () => {
    const decoder = (name: string) => fileURLToPath(new URL(`../golden/decoders/${name}`, import.meta.url));
    const model = await openModel(decoder('gpt2-untied'));
    expect(JSON.parse(await readFile(join(model.folder, 'config.json'), 'utf8'))).toHaveProperty(
      'tie_word_embeddings',
      true,
    );
    // As exports write it.
    expect(model.config.tie_word_embeddings).toBe(false);
    const writing = { head: 'causal-lm', outputs: 60, seed: 1 } as const;
    const weights = modelWeights(model, writing);
    expect(weights.outline.tensors.map(({ name }) => name)).toContain('lm_head.weight');
    expect(weights.notes).toEqual([
      'lm_head.weight differs from transformer.wte.weight: both are used, as with tie_word_embeddings: false',
    ]);
    expect(modelWeights(model, sequence).notes).toEqual([]);
    const untied = modelWeights(await openModel(decoder('gpt2-variant')), writing);
    expect(untied.notes).toEqual([]);
  });

  it("takes a decoder's output weights for its word table where both are stored with equal values", async () => {
    const copy = join(folder, 'twice');
    await cp(fileURLToPath(new URL('../golden/decoders/gpt2-untied', import.meta.url)), copy, { recursive: true });
    const file = await openSafetensors(join(copy, 'model.safetensors'));
    const tensors = new Map<string, SafetensorsTensor>();
    for (const { name, shape } of file.entries.values()) {
      tensors.set(name, { dtype: 'F32', shape, data: await readFloats(file, name) });
    }
    tensors.set('lm_head.weight', tensors.get('transformer.wte.weight')!);
    await writeSafetensors(join(copy, 'model.safetensors'), tensors);
    const weights = modelWeights(await openModel(copy), { head: 'causal-lm', outputs: 60, seed: 1 });
    expect(weights.outline.tensors.map(({ name }) => name)).not.toContain('lm_head.weight');
    expect([weights.notes, weights.skipped]).toEqual([[], ['lm_head.weight']]);
  });

  it('refuses pickles with the way to convert them', async () => {
    await cp(golden('bert-sequence'), folder, { recursive: true });
    await rename(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'));
    await expect(openModel(folder)).rejects.toThrow(
      /must be model\.safetensors, got pytorch_model\.bin, which is never read .* python -c "from transformers import/,
    );
  });

  it('says what is missing', async () => {
    await expect(openModel(join(folder, 'absent'))).rejects.toThrow('config.json: does not exist; a Hugging Face');
    await cp(golden('bert-sequence'), folder, { recursive: true });
    await rm(join(folder, 'model.safetensors'));
    await expect(openModel(folder)).rejects.toThrow('must hold model.safetensors or model.safetensors.index.json');
    await writeFile(join(folder, 'config.json'), '{"model_type":');
    await expect(openModel(folder)).rejects.toThrow('config.json: must be JSON');
  });

  it('reads the dimensions of a model without weights', async () => {
    const file = fileURLToPath(new URL('../fixtures/models/gpt2-medium.json', import.meta.url));
    await cp(file, join(folder, 'config.json'));
    expect((await readModelConfig(folder)).dimensions.layers).toBe(24);
    expect((await readModelConfig(file)).dimensions.layers).toBe(24);
    await expect(openModel(folder)).rejects.toThrow('must hold model.safetensors');
  });
});

describe('a shard index', () => {
  const index = 'model.safetensors.index.json';
  const withIndex = async (change: (map: Record<string, string>) => unknown) => {
    await cp(golden('bert-token'), folder, { recursive: true });
    const path = join(folder, index);
    const { weight_map: map } = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, string> };
    await writeFile(path, JSON.stringify({ weight_map: change(map) ?? map }));
    return openModel(folder);
  };

  it('must not name files outside the folder', async () => {
    for (const name of ['../other.safetensors', '/etc/other.safetensors', 'a\\b.safetensors', 'weights.bin']) {
      await expect(withIndex((map) => ({ ...map, x: name }))).rejects.toThrow(
        `must name safetensors files of the same folder, got ${name}`,
      );
    }
  });

  it('must name shards that exist', async () => {
    await expect(withIndex((map) => ({ ...map, x: 'model-9.safetensors' }))).rejects.toThrow(
      'model-9.safetensors: does not exist',
    );
  });

  it('must agree with its shards', async () => {
    await expect(
      withIndex((map) => {
        delete map['classifier.bias'];
        map.surplus = map['classifier.weight']!;
      }),
    ).rejects.toThrow(
      /classifier\.bias: lies in model-00004-of-00004\.safetensors, where the index names no file(.|\n)*surplus: missing in model-00004/,
    );
  });

  it('must map names to files', async () => {
    await expect(withIndex(() => [1])).rejects.toThrow('weight_map: must map tensor names to files');
  });
});

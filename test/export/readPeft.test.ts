import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import type { TunedModel } from '../../extension/checkpoint/tunedModel.ts';
import { readPeft } from '../../extension/export/readPeft.ts';
import { writePeft } from '../../extension/export/writePeft.ts';
import type { Tensor } from '../../extension/graph/tensor.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tinyModel } from '../support/tunedModels.ts';

const adapters = resolve('test/golden/export/peft');
const golden: Record<string, number[]> = JSON.parse(readFileSync(join(adapters, 'logits.json'), 'utf8'));
const samples = JSON.parse(readFileSync(resolve('test/golden/models/logits.json'), 'utf8'));
const feeds: Record<string, number[][]> = samples['bert-sequence'].feeds;

const read = async (folder: string, model = 'bert-sequence') => readPeft(folder, await openModel(tinyModel(model)));

async function logitsOf(tuned: TunedModel, shift: number): Promise<readonly number[]> {
  const model = await openLogits(tuned);
  const entries = Object.entries(feeds).map(([name, rows]): [string, Tensor] => {
    const offset = name === 'position_ids' ? shift : 0;
    const data = BigInt64Array.from(rows.flat(), (value) => BigInt(value + offset));
    return [name, { dtype: 'i64', shape: [rows.length, rows[0]!.length], data }];
  });
  const { data } = await model.logits(Object.fromEntries(entries));
  await model.close();
  return Array.from(data, Number);
}

async function tensorsOf(folder: string) {
  const file = await openSafetensors(join(folder, 'adapter_model.safetensors'));
  const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape } of file.entries.values()) {
    tensors.set(name, { dtype: 'F32', shape, data: await readFloats(file, name) });
  }
  return tensors;
}

const names = Object.keys(golden).filter((name) => name !== 'lora-dora');

describe('adapters made by PEFT', () => {
  it.each(names)('%s gives the same logits here', async (name) => {
    const shift = { prefix: 3, 'prefix-mlp': 2 }[name] ?? 0;
    const logits = await logitsOf(await read(join(adapters, name)), shift);
    const difference = Math.max(...logits.map((value, i) => Math.abs(value - golden[name]![i]!)));
    expect(difference).toBeLessThan(1e-5);
  });

  it.each(names)('%s is written again with the same keys, shapes and values', async (name) => {
    const out = join(temporaryFolder(), 'out');
    await writePeft(out, await read(join(adapters, name)));
    const [ours, theirs] = [await tensorsOf(out), await tensorsOf(join(adapters, name))];
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [key, tensor] of theirs) expect(ours.get(key), key).toEqual(tensor);
  });

  it.each([
    ['ln', [['ln-tuning', { terms: ['gain', 'bias'], norms: ['attention', 'ffn', 'embedding'] }]]],
    ['ln-ffn', [['ln-tuning', { norms: ['ffn'] }]]],
    ['lora', [['lora', { rank: 2, alpha: 3, targets: ['query', 'value'] }]]],
    ['lora-rs', [['lora', { rank: 4, alpha: 6, targets: ['key', 'output', 'up', 'down'] }]]],
    [
      'lora-ln',
      [
        ['lora', { rank: 2 }],
        ['ln-tuning', { norms: ['attention'] }],
      ],
    ],
    ['ia3', [['ia3', { attention_output: true }]]],
    ['ia3-paper', [['ia3', { attention_output: false }]]],
    ['prefix-mlp', [['prefix', { length: 2, positions: 'shifted', mlp: false }]]],
  ])('%s is recognised as %j', async (name, expected) => {
    const { methods, task, labels } = await read(join(adapters, name));
    expect(methods.map(({ method, options }) => [method.name, options])).toMatchObject(expected);
    expect({ task, labels }).toEqual({ task: 'classification', labels: ['LABEL_0', 'LABEL_1', 'LABEL_2'] });
  });

  it('refuses adapters of a kind that is not known in full', async () => {
    await expect(read(join(adapters, 'lora-dora'))).rejects.toThrow(
      /use_dora: .*; adapters of this kind cannot be read/,
    );
    await expect(read(join(adapters, 'lora'), 'distilbert-sequence')).rejects.toThrow(/belongs to none of its methods/);
  });
});

describe('a damaged or foreign adapter', () => {
  async function changed(
    name: string,
    change: (tensors: Awaited<ReturnType<typeof tensorsOf>>) => void,
    config: Record<string, unknown> = {},
  ): Promise<string> {
    const folder = join(temporaryFolder(), 'adapter');
    cpSync(join(adapters, name), folder, { recursive: true });
    const tensors = await tensorsOf(folder);
    change(tensors);
    await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
    const path = join(folder, 'adapter_config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...config }));
    return folder;
  }
  const query = 'base_model.model.bert.encoder.layer.0.attention.self.query';
  const drop = (name: string) => (tensors: Map<string, unknown>) => {
    tensors.delete(name);
  };
  const move = (from: string, to: string) => (tensors: Map<string, unknown>) => {
    tensors.set(to, tensors.get(from)!);
    tensors.delete(from);
  };

  it.each([
    ['half of a LoRA pair', 'lora', drop(`${query}.lora_B.weight`), {}, /query.lora_B.weight: is missing/],
    [
      'no head',
      'lora',
      drop('base_model.model.classifier.bias'),
      {},
      /classifier.bias: is missing; an adapter without its head/,
    ],
    [
      'a stray tensor',
      'ln',
      move('base_model.model.classifier.weight', 'base_model.model.classified.weight'),
      {},
      /classifier.weight: is missing[\s\S]*classified.weight: belongs to none/,
    ],
    [
      'a wrong prefix',
      'prefix',
      move('base_model.classifier.weight', 'model.classifier.weight'),
      {},
      /keys of a PREFIX_TUNING adapter must begin with base_model\./,
    ],
    [
      'a vector for one layer only',
      'ia3-paper',
      drop('base_model.model.bert.encoder.layer.1.attention.self.key.ia3_l'),
      {},
      /ia3_l: (is missing|belongs)/,
    ],
    [
      'another type',
      'lora',
      () => undefined,
      { peft_type: 'VERA' },
      /peft_type must be LN_TUNING, LORA, IA3 or PREFIX_TUNING, got VERA/,
    ],
    [
      'a rank that its tensors lack',
      'lora',
      () => undefined,
      { rank_pattern: { query: 4 } },
      /query.lora_A.weight: must be \[4,16\]/,
    ],
    [
      'ranks by a pattern',
      'lora',
      () => undefined,
      { rank_pattern: { 'layer.[01].*query': 2 } },
      /rank_pattern: must have names of layers as keys/,
    ],
    ['an unknown task', 'lora', () => undefined, { task_type: 'FEATURE_EXTRACTION' }, /task_type: .*SEQ_CLS/],
    [
      'a task that the model has no head for',
      'lora',
      () => undefined,
      { task_type: 'CAUSAL_LM' },
      /task_type: must be one of SEQ_CLS, TOKEN_CLS for a BERT model, got CAUSAL_LM/,
    ],
    ['another rank', 'lora', () => undefined, { r: 8 }, /query.lora_A.weight: must be \[8,16\], got \[32\]/],
  ] as const)('with %s is refused', async (_, name, change, config, message) => {
    const folder = await changed(name, change, config);
    await expect(read(folder)).rejects.toThrow(message);
  });
});

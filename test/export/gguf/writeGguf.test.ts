import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportModel } from '../../../extension/export/exportModel.ts';
import { openGguf, readGgufTensor } from '../../../extension/export/gguf/ggufFile.ts';
import { smallDecoder } from '../../support/smallDecoder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tunedDecoder, tunedModel } from '../../support/tunedModels.ts';

const wide = { hidden_size: 64, head_dim: 16, n_embd: 64, bos_token_id: 0, eos_token_id: 2 };
const base = (family: Parameters<typeof smallDecoder>[1], more: object = {}) =>
  smallDecoder(path.join(temporaryFolder(), 'base'), family, { ...wide, ...more });
const out = () => path.join(temporaryFolder(), 'out');

describe('a GGUF file', () => {
  it.each(
    (['gpt2', 'llama', 'qwen2', 'qwen3', 'mistral'] as const).flatMap((family) =>
      (['f32', 'f16', 'q8_0'] as const).map((dtype) => [family, dtype] as const),
    ),
  )('holds a %s in %s that reads back the same', async (family, dtype) => {
    const folder = out();
    const tuned = await tunedDecoder(await base(family), '[lora, ln-tuning]');
    const { files, verified } = await exportModel(tuned, 'gguf', folder, { dtype });
    expect(files.map((file) => path.basename(file))).toEqual(['README.md', 'model.gguf']);
    expect(verified).toMatch(/reopened and compared on 5 sequences, (max difference|all logits equal)/);
    const { tensors } = await openGguf(path.join(folder, 'model.gguf'));
    const norm = tensors.get('blk.1.attn_norm.weight')!;
    expect(norm.type).toBe(0);
    expect(tensors.get('blk.1.ffn_down.weight')!.type).toBe({ f32: 0, f16: 1, q8_0: family === 'gpt2' ? 8 : 1 }[dtype]);
    const name = family === 'gpt2' ? 'h.1.ln_1.weight' : 'layers.1.input_layernorm.weight';
    expect(await readGgufTensor(path.join(folder, 'model.gguf'), norm)).toEqual(tuned.tensors.get(name));
  });

  it('says what llama.cpp asks for: sizes, tokens, merges, special ids, chat template', async () => {
    const folder = await base('llama');
    const template = '{% for m in messages %}{{ m.content }}<mask>{% endfor %}';
    writeFileSync(path.join(folder, 'chat_template.jinja'), template);
    const target = out();
    await exportModel(await tunedDecoder(folder, 'ln-tuning'), 'gguf', target, {});
    const { metadata, tensors } = await openGguf(path.join(target, 'model.gguf'));
    const tokenizer = JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8'));
    expect(metadata).toMatchObject({
      'general.architecture': 'llama',
      'general.file_type': 1,
      'llama.block_count': 2,
      'llama.attention.head_count': 4,
      'llama.attention.head_count_kv': 2,
      'llama.rope.dimension_count': 16,
      'llama.rope.freq_base': 10_000,
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'gpt-2',
      'tokenizer.ggml.eos_token_id': 2,
      'tokenizer.ggml.eot_token_id': 600,
      'tokenizer.ggml.add_bos_token': false,
      'tokenizer.chat_template': template,
    });
    const { vocab, merges } = tokenizer.model;
    const tokens = metadata['tokenizer.ggml.tokens'] as string[];
    for (const [token, id] of Object.entries(vocab)) expect(tokens[id as number]).toBe(token);
    expect(metadata['tokenizer.ggml.merges']).toEqual(
      merges.map((pair: string | string[]) => (typeof pair === 'string' ? pair : pair.join(' '))),
    );
    expect(tensors.get('token_embd.weight')!.shape).toEqual([tokens.length, 64]);
    expect(tensors.has('output.weight')).toBe(false);
  });

  it('holds the stretched positions of Llama 3 as a tensor', async () => {
    const rope_parameters = {
      ...{ rope_type: 'llama3', rope_theta: 10_000, factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
      original_max_position_embeddings: 16,
    };
    const target = out();
    await exportModel(await tunedDecoder(await base('llama', { rope_parameters }), 'ln-tuning'), 'gguf', target, {});
    const file = path.join(target, 'model.gguf');
    const { tensors } = await openGguf(file);
    const factors = await readGgufTensor(file, tensors.get('rope_freqs.weight')!);
    expect(factors.length).toBe(8);
    expect(factors.at(-1)).toBeCloseTo(8, 5);
  });

  it.each([
    ['a prefix', 'llama', 'prefix', {}, /export it as peft, onnx or native/],
    [
      'another gate',
      'llama',
      'ln-tuning',
      { hidden_act: 'gelu' },
      /llama\.cpp computes Llama differently, got a gate of gelu/,
    ],
    ['biases', 'qwen3', 'ln-tuning', { attention_bias: true }, /got biases of query, key and value/],
  ] as const)('is refused for %s, with what to do', async (_, family, methods, more, message) => {
    const tuned = await tunedDecoder(await base(family, more), methods);
    await expect(exportModel(tuned, 'gguf', out(), {})).rejects.toThrow(message);
  });

  it('is refused for a classifier and for a model that llama.cpp does not know', async () => {
    const classifier = await tunedDecoder(await base('llama'), 'ln-tuning', 'sequence');
    await expect(exportModel(classifier, 'gguf', out(), {})).rejects.toThrow(
      /models that write text, got classification/,
    );
    const bert = await tunedModel('bert-masked-lm', 'ln-tuning');
    await expect(exportModel(bert, 'gguf', out(), {})).rejects.toThrow(/one of GPT-2, Llama, .* and Qwen3, got BERT/);
  });

  it('is refused for a tokenizer that llama.cpp would divide otherwise', async () => {
    const folder = await base('llama');
    const file = path.join(folder, 'tokenizer.json');
    const tokenizer = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...tokenizer, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }));
    await expect(exportModel(await tunedDecoder(folder, 'ln-tuning'), 'gguf', out(), {})).rejects.toThrow(
      /got the pre-tokenizer .*; export it as merged, and convert that folder with llama\.cpp/,
    );
  });
});

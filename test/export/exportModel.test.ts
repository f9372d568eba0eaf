import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExportFormat } from '../../extension/contract/exportFormat.ts';
import { exportModel } from '../../extension/export/exportModel.ts';
import { sampleFeeds } from '../../extension/export/sampleFeeds.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedDecoder, tunedModel } from '../support/tunedModels.ts';

const all = ['peft', 'merged', 'onnx', 'native'] as const;
const merging: readonly ExportFormat[] = ['merged', 'onnx', 'native'];

describe.each([
  ['ln-tuning', all],
  ['ln-tuning: {terms: bias}', all],
  ['ln-tuning: {norms: [ffn], layers: 1}', all],
  ['[{ln-tuning: {norms: [ffn]}}, {lora: {targets: [query, up], layers: 0, alpha: 3}}]', all],
  ['lora: {rank: 2}', all],
  ['[lora, ln-tuning]', all],
  ['ia3', all],
  ['ia3: {attention_output: true, layers: 1}', all],
  ['[ia3, ln-tuning]', all],
  ['prefix: {length: 3}', ['peft', 'onnx', 'native']],
  ['prefix: {length: 3, mlp: true, mlp_width: 4}', ['peft', 'onnx', 'native']],
  ['[prefix: {length: 2}, ln-tuning]', ['peft', 'onnx', 'native']],
  ['prefix: {length: 3, positions: unchanged}', ['onnx', 'native']],
  ['unified: {length: 2, bottleneck: 4}', ['onnx', 'native']],
  ['[{lora: {gated: true}}, {unified: {length: 2, bottleneck: 4, gated: true}}]', ['onnx', 'native']],
  ['[lora, ia3, bitfit]', merging],
  ['bitfit', merging],
  ['full', merging],
] as const)('%s on BERT', (methods, formats) => {
  it.each(formats)('has the same logits when reopened as %s', async (format) => {
    const tuned = await tunedModel('bert-sequence', methods);
    const out = join(temporaryFolder(), 'deeper', 'out');
    const { files, verified } = await exportModel(tuned, format, out);
    expect(verified).toMatch(
      /^verified: reopened and compared on 5 sequences, (max difference [\d.]+e−\d+|all logits equal); tested with .*\d+\.\d+\.\d+/,
    );
    // The same tensors in the same graph.
    if (format === 'native') expect(verified).toContain('all logits equal');
    expect(files).toEqual(
      readdirSync(out)
        .sort()
        .map((name) => join(out, name)),
    );
    expect(readdirSync(join(out, '..'))).toEqual(['out']);
  });
});

describe.each([
  'bert-token',
  'bert-masked-lm',
  'roberta-sequence',
  'roberta-token',
  'roberta-masked-lm',
  'xlm-roberta-sequence',
  'camembert-token',
  'distilbert-sequence',
  'distilbert-token',
  'distilbert-masked-lm',
  'electra-sequence',
  'electra-token',
  'electra-masked-lm',
  'mpnet-sequence',
  'mpnet-token',
  'mpnet-masked-lm',
  'albert-sequence',
  'albert-groups-token',
  'albert-masked-lm',
  'modernbert-sequence',
  'modernbert-biased-token',
  'modernbert-masked-lm',
  'deberta-v2-sequence',
  'deberta-v2-unshared-token',
  'deberta-v2-masked-lm',
])('%s', (name) => {
  it.each(['merged', 'onnx', 'native', ...(name.endsWith('masked-lm') ? [] : (['peft'] as const))] as const)(
    'has the same logits when reopened as %s',
    async (format) => {
      const tuned = await tunedModel(name, '[lora: {rank: 2}, ln-tuning]');
      const { verified } = await exportModel(tuned, format, join(temporaryFolder(), 'out'));
      expect(verified).toMatch(/^verified/);
    },
  );
});

it.each(merging)('gives ModernBERT biases in its norms, and has the same logits as %s', async (format) => {
  for (const name of ['modernbert-sequence', 'modernbert-masked-lm']) {
    const tuned = await tunedModel(name, 'ln-tuning: {added_bias: true}');
    const { verified } = await exportModel(tuned, format, join(temporaryFolder(), 'out'));
    expect(verified).toMatch(/^verified/);
  }
});

describe.each([
  ['gpt2', 'causal-lm', 'ia3', all],
  ['gpt2', 'causal-lm', 'lora: {rank: 2, targets: [query, value, output]}', all],
  ['gpt2', 'sequence', '[lora: {targets: [query, key, value, up], layers: 1}, ln-tuning]', all],
  ['llama', 'causal-lm', 'ia3', all],
  ['llama', 'sequence', '[lora: {rank: 2}, ln-tuning]', all],
  ['llama', 'sequence', 'ln-tuning: {added_bias: true}', ['onnx', 'native']],
  ['qwen3', 'causal-lm', 'ln-tuning: {added_bias: true}', ['onnx', 'native']],
  ['qwen2', 'causal-lm', 'prefix: {length: 2}', ['peft', 'onnx', 'native']],
  ['qwen2', 'causal-lm', 'bitfit', merging],
  ['qwen3', 'causal-lm', '[{lora: {gated: true}}, {adapter: {gated: true}}]', ['onnx', 'native']],
  ['qwen3', 'causal-lm', 'ia3: {attention_output: true}', all],
  ['qwen3', 'causal-lm', 'unified: {length: 2, bottleneck: 4}', ['onnx', 'native']],
] as const)('%s with a %s head, tuned with %s', (name, head, methods, formats) => {
  it.each(formats)('has the same logits when reopened as %s', async (format) => {
    const tuned = await tunedDecoder(name, methods, head);
    const { verified } = await exportModel(tuned, format, join(temporaryFolder(), 'out'));
    expect(verified).toMatch(/^verified/);
  });
});

it('stores a prefix of shared heads in the shape that peft gives it', async () => {
  const tuned = await tunedDecoder('qwen2', 'prefix: {length: 3}');
  const out = join(temporaryFolder(), 'out');
  await exportModel(tuned, 'peft', out);
  const { hidden, heads, kvHeads } = tuned.model.dimensions;
  const config = JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'));
  expect(kvHeads).toBeLessThan(heads);
  expect(config).toMatchObject({
    ...{ peft_type: 'PREFIX_TUNING', task_type: 'CAUSAL_LM', modules_to_save: [] },
    ...{ num_attention_heads: kvHeads, token_dim: (hidden / heads) * kvHeads!, encoder_hidden_size: hidden },
  });
});

it('keeps a frozen pooler out of the adapter', async () => {
  const tuned = await tunedModel('bert-sequence', 'ln-tuning', false);
  const out = join(temporaryFolder(), 'out');
  await exportModel(tuned, 'peft', out);
  expect(JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8')).modules_to_save).toEqual(['classifier']);
});

it.each(['peft', 'onnx'] as const)(
  'exports a RoBERTa prefix as %s: its positions leave padding out',
  async (format) => {
    const tuned = await tunedModel('roberta-sequence', 'prefix: {length: 2}');
    const { verified } = await exportModel(tuned, format, join(temporaryFolder(), 'out'));
    expect(verified).toMatch(/^verified/);
  },
);

describe('a wrong export', () => {
  it('is not put in place', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const folder = temporaryFolder();
    const other = await openLogits(await tunedModel('bert-sequence', 'lora'));
    const done = exportModel(tuned, 'merged', join(folder, 'out'), { reference: other });
    await expect(done).rejects.toThrow(/must give the same logits, got a difference of [\d.]+; nothing was written/);
    await other.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is one with NaN too', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    tuned.tensors.get('classifier.bias')!.fill(Number.NaN, 0, 1);
    await expect(exportModel(tuned, 'native', join(temporaryFolder(), 'out'))).rejects.toThrow('a difference of NaN');
  });

  it('does not touch what is there', async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, 'mine.txt'), 'mine');
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const refusal = (words: RegExp) => ({ message: expect.stringMatching(words), kind: 'usage' });
    await expect(exportModel(tuned, 'native', out)).rejects.toMatchObject(
      refusal(/must be empty, got mine.txt; choose another/),
    );
    await expect(exportModel(tuned, 'native', join(out, 'mine.txt'))).rejects.toMatchObject(
      refusal(/got: is a file; choose another/),
    );
    expect(readdirSync(out)).toEqual(['mine.txt']);
    const empty = join(out, 'empty');
    mkdirSync(empty);
    await exportModel(tuned, 'native', empty);
    expect(readdirSync(empty)).toEqual(['README.md', 'adapter.safetensors', 'manifest.json']);
  });
});

describe('formats that cannot hold a model', () => {
  it.each([
    ['bitfit', 'peft', /peft: BitFit is not among the methods that PEFT can load; export it as merged, onnx or native/],
    ['adapter', 'peft', /Adapter is not among .*; export it as onnx or native/],
    ['[lora, ia3]', 'peft', /holds one of lora, ia3 and prefix .*got lora \+ ia3; export it as merged, onnx or native/],
    ['prefix: {length: 2, positions: unchanged}', 'peft', /positions: unchanged; export it as onnx or native/],
    ['prefix: {length: 2}', 'merged', /prefix cannot be merged: .*; export it as peft, onnx or native/],
    ['houlsby', 'merged', /adapter cannot be merged: .*activation inside.*; export it as onnx or native/],
  ] as const)('%s as %s', async (methods, format, message) => {
    const tuned = await tunedModel('bert-sequence', methods);
    await expect(exportModel(tuned, format, join(temporaryFolder(), 'out'))).rejects.toThrow(message);
  });

  it.each([
    ['bert-masked-lm', 'lora', /no place for the head of masked-lm; export it as merged/],
    ['distilbert-sequence', 'prefix: {length: 2}', /cannot run a prefix on DistilBERT, .*; export it as onnx/],
  ])('%s with %s as peft', async (name, methods, message) => {
    const tuned = await tunedModel(name, methods);
    await expect(exportModel(tuned, 'peft', join(temporaryFolder(), 'out'))).rejects.toThrow(message);
  });
});

describe('sampleFeeds', () => {
  it('keeps within the positions that a prefix leaves', async () => {
    const feeds = sampleFeeds(await tunedModel('bert-sequence', 'prefix: {length: 9}'));
    expect(feeds.map(({ position_ids }) => Math.max(...Array.from(position_ids!.data, Number)))).toEqual([11, 9]);
  });
});

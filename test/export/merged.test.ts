import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import { baseWeights } from '../../extension/checkpoint/tunedModel.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { mergedConfig, writeMerged, writeTokenizer } from '../../extension/export/merged.ts';
import { smallDecoder } from '../support/smallDecoder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedModel } from '../support/tunedModels.ts';

describe('a merged model folder', () => {
  it.each([
    ['bert-sequence', 'BertForSequenceClassification', ['bert.pooler.dense.weight', 'classifier.bias']],
    ['bert-token', 'BertForTokenClassification', ['bert.embeddings.LayerNorm.weight', 'classifier.weight']],
    ['bert-masked-lm', 'BertForMaskedLM', ['cls.predictions.bias', 'cls.predictions.transform.dense.weight']],
    ['roberta-sequence', 'RobertaForSequenceClassification', ['classifier.dense.weight', 'classifier.out_proj.bias']],
    [
      'distilbert-sequence',
      'DistilBertForSequenceClassification',
      ['pre_classifier.weight', 'distilbert.transformer.layer.0.ffn.lin1.weight'],
    ],
    ['electra-token', 'ElectraForTokenClassification', ['electra.embeddings_project.weight', 'classifier.bias']],
  ])('of %s is a %s', async (name, architecture, keys) => {
    const folder = join(temporaryFolder(), 'out');
    await writeMerged(folder, await tunedModel(name, 'lora'));
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ architectures: [architecture], dtype: 'float32' });
    expect(config).not.toHaveProperty('torch_dtype');
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    expect(file.metadata).toEqual({ format: 'pt' });
    for (const key of keys) expect(file.entries.has(key), key).toBe(true);
    expect([...file.entries.keys()].filter((key) => key.includes('lora'))).toEqual([]);
  });

  it('writes the floats of the config as floats, which classes of transformers ask for', async () => {
    const folder = join(temporaryFolder(), 'out');
    const tuned = await tunedModel('modernbert-sequence', 'ln-tuning');
    expect(readFileSync(join(tuned.model.folder, 'config.json'), 'utf8')).toContain('"initializer_cutoff_factor": 2.0');
    await writeMerged(folder, tuned);
    const text = readFileSync(join(folder, 'config.json'), 'utf8');
    expect(text).toContain('"initializer_cutoff_factor": 2.0,');
    expect(text).toContain('"rope_theta": 160000.0,');
    expect(text).toContain('"local_attention": 4,');
  });

  it('lies in its file as it lay before, fused and turned', async () => {
    const folder = resolve('test/golden/decoders/gpt2');
    const { config, dimensions } = await readModelConfig(folder);
    const model = { folder, config, dimensions, entries: await openWeights(folder) };
    const task = { task: 'masked-lm', head: 'causal-lm', labels: [], outputs: dimensions.vocabulary } as const;
    const out = join(temporaryFolder(), 'out');
    await writeMerged(out, { model, modelName: folder, ...task, methods: [], tensors: new Map() });
    const [before, after] = await Promise.all(
      [folder, out].map((each) => openSafetensors(join(each, 'model.safetensors'))),
    );
    const names = [...before!.entries.keys()].filter((name) => !name.endsWith('.attn.bias'));
    expect([...after!.entries.keys()].sort()).toEqual(names.sort());
    for (const name of names) expect(await readFloats(after!, name), name).toEqual(await readFloats(before!, name));
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      architectures: ['GPT2LMHeadModel'],
    });
  });

  it.each([{}, { pad_token_id: -1 }])(
    'brings a chat template and how to sample along, and says what pads for a classifier: %j',
    async (none) => {
      const base = await smallDecoder(join(temporaryFolder(), 'base'), 'llama', { eos_token_id: [2, 1], ...none });
      writeFileSync(join(base, 'chat_template.jinja'), '{{ messages }}');
      writeFileSync(join(base, 'generation_config.json'), '{"eos_token_id":2}');
      const model = await openModel(base);
      const own = { model, modelName: base, methods: [], tensors: new Map() };
      const out = join(temporaryFolder(), 'out');
      const outputs = model.dimensions.vocabulary;
      await writeMerged(out, { ...own, task: 'causal-lm', head: 'causal-lm', labels: [], outputs });
      for (const name of ['chat_template.jinja', 'generation_config.json', 'tokenizer.json']) {
        expect(readFileSync(join(out, name)), name).toEqual(readFileSync(join(base, name)));
      }
      const { pad_token_id, ...rest } = mergedConfig({
        ...{ ...own, task: 'classification', head: 'sequence', labels: ['a', 'b'], outputs: 2 },
      });
      expect(pad_token_id).toBe(2);
      expect(rest).toMatchObject({ architectures: ['LlamaForSequenceClassification'], id2label: { 0: 'a', 1: 'b' } });
    },
  );

  it.each([
    ['{"temperature":1.0,"eos_token_id":2}', { eos_token_id: 2 }, '"temperature": 1.0,'],
    ['{"temperature":1.0}', { eos_token_id: 2 }, '"temperature": 1.0,'],
    [undefined, { eos_token_id: 2, pad_token_id: 1 }, '"pad_token_id": 1'],
    [undefined, {}, '"eos_token_id"'],
  ])('names all that ends an answer where the base has %j and %j', async (generation, ends, kept) => {
    const base = await smallDecoder(join(temporaryFolder(), 'base'), 'llama', ends);
    const template = "{% for m in messages %}{{ m.content }}{{ '<mask>' if m.role == 'assistant' }}{% endfor %}";
    writeFileSync(join(base, 'chat_template.jinja'), template);
    if (generation !== undefined) writeFileSync(join(base, 'generation_config.json'), generation);
    const model = await openModel(base);
    const out = join(temporaryFolder(), 'out');
    const own = { model, modelName: base, methods: [], tensors: new Map(), labels: [] };
    await writeMerged(out, { ...own, task: 'completion', head: 'causal-lm', outputs: model.dimensions.vocabulary });
    const text = readFileSync(join(out, 'generation_config.json'), 'utf8');
    expect(text).toContain(kept);
    expect(JSON.parse(text)).toMatchObject({ eos_token_id: [2, 600] });
    expect([...(await loadTokenizer(out)).stopTokenIds]).toEqual([2, 600]);
  });

  it('says of a byte-level tagger that words stand after spaces, of others nothing', async () => {
    const told = async (name: string, tokenizer: string) => {
      const out = temporaryFolder();
      const tuned = await tunedModel(name, 'lora');
      const folder = resolve('test/golden/tokenizers', tokenizer);
      await writeTokenizer(out, { ...tuned, model: { ...tuned.model, folder } });
      const json = (file: string) => JSON.parse(readFileSync(join(out, file), 'utf8'));
      return { config: json('tokenizer_config.json'), spaced: json('tokenizer.json').pre_tokenizer.add_prefix_space };
    };
    const own = JSON.parse(readFileSync(resolve('test/golden/tokenizers/bytelevel/tokenizer_config.json'), 'utf8'));
    expect(own).not.toMatchObject({ add_prefix_space: true });
    expect(await told('roberta-token', 'bytelevel')).toEqual({
      config: { ...own, add_prefix_space: true },
      spaced: true,
    });
    expect(await told('roberta-sequence', 'bytelevel')).toEqual({ config: own, spaced: false });
    expect((await told('bert-token', 'wordpiece')).config).not.toHaveProperty('add_prefix_space');
  });

  it("says it of a tagger whose tokenizer divides texts before they are bytes, by transformers' plain class", async () => {
    const [base, out] = [temporaryFolder(), temporaryFolder()];
    const decoders = JSON.parse(readFileSync(resolve('test/golden/tokenizers/decoders.json'), 'utf8'));
    const { definition } = decoders.tokenizers.qwen2;
    writeFileSync(join(base, 'tokenizer.json'), JSON.stringify(definition));
    writeFileSync(join(base, 'tokenizer_config.json'), '{"tokenizer_class":"Qwen2Tokenizer","add_prefix_space":false}');
    const tuned = await tunedModel('roberta-token', 'lora');
    await writeTokenizer(out, { ...tuned, model: { ...tuned.model, folder: base } });
    const json = (file: string) => JSON.parse(readFileSync(join(out, file), 'utf8'));
    expect(json('tokenizer_config.json')).toEqual({
      tokenizer_class: 'PreTrainedTokenizerFast',
      add_prefix_space: true,
    });
    const space = { type: 'Metaspace', replacement: ' ', prepend_scheme: 'always', split: false };
    expect(json('tokenizer.json').pre_tokenizer).toEqual({
      type: 'Sequence',
      pretokenizers: [space, ...definition.pre_tokenizer.pretokenizers],
    });
    const words = ['they', "didn't", 'pay', '1234'];
    const ids = async (folder: string) => (await loadTokenizer(folder)).encodeWords(words, 99).inputIds;
    expect(await ids(out)).toEqual(await ids(base));
  });

  it('names labels and the kind of problem', async () => {
    const tuned = await tunedModel('bert-sequence', 'lora');
    expect(mergedConfig(tuned)).toMatchObject({
      id2label: { 0: 'bad', 1: 'fair', 2: 'good' },
      label2id: { bad: 0, fair: 1, good: 2 },
      problem_type: 'single_label_classification',
    });
    expect(mergedConfig({ ...tuned, task: 'regression', labels: [], outputs: 1 })).toMatchObject({
      id2label: { 0: 'LABEL_0' },
      problem_type: 'regression',
    });
  });

  it('holds W + (α/r)·B·A, scaled by l: LoRA first, then (IA)³, whatever the order they are written in', async () => {
    const tuned = await tunedModel('bert-sequence', '[ia3, {lora: {rank: 2, alpha: 3, targets: value}}]');
    const path = 'encoder.layer.1.attention.self.value';
    const [w, a, b, l] = [
      await baseWeights(tuned).read(`${path}.weight`),
      tuned.tensors.get(`${path}.lora_A.weight`)!,
      tuned.tensors.get(`${path}.lora_B.weight`)!,
      tuned.tensors.get(`${path}.ia3_l`)!,
    ];
    const folder = join(temporaryFolder(), 'out');
    await writeMerged(folder, tuned);
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    const merged = await readFloats(file, `bert.${path}.weight`);
    const [row, column] = [5, 11];
    const update = 1.5 * (b[2 * row]! * a[column]! + b[2 * row + 1]! * a[16 + column]!);
    expect(merged[16 * row + column]).toBeCloseTo(l[row]! * (w[16 * row + column]! + update), 5);
  });

  it('lacks nothing that the checkpoint would have had to hold', async () => {
    const tuned = await tunedModel('bert-token', 'ln-tuning');
    const tensors = new Map(tuned.tensors);
    const bare = { ...tuned, outputs: 5, tensors };
    expect(() => baseWeights({ ...bare, tensors: new Map() })).toThrow(
      /classifier.weight: must be in the tuned tensors/,
    );
  });
});

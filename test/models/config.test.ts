import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelConfigError, readDimensions } from '../../extension/models/config.ts';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../fixtures/models/${name}.json`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
const bert = (changes: Record<string, unknown>) => ({ ...fixture('bert-base-uncased'), ...changes });
/** What makes a config of a DeBERTa-v3. */
const v3 = fixture('deberta-v3-base');

describe('readDimensions', () => {
  it('reads BERT', () => {
    expect(readDimensions(fixture('bert-base-uncased'), 'config.json')).toEqual({
      architecture: 'bert',
      layers: 12,
      hidden: 768,
      heads: 12,
      keyValueWidth: 768,
      ffn: 3072,
      vocabulary: 30522,
      embedding: 768,
      positionRows: 512,
      positionOffset: 0,
      maxSequence: 512,
      tokenTypes: 2,
      activation: 'gelu',
      layerNormEpsilon: 1e-12,
      hiddenDropout: 0.1,
      attentionDropout: 0.1,
      classifierDropout: 0.1,
      padTokenId: 0,
      initializerRange: 0.02,
    });
  });

  it("begins RoBERTa's positions after the padding row", () => {
    const model = readDimensions(fixture('roberta-base'), 'config.json');
    expect(model).toMatchObject({ positionOffset: 2, positionRows: 514, maxSequence: 512, tokenTypes: 1 });
    expect(model).toMatchObject({ layerNormEpsilon: 1e-5 });
  });

  it("translates DistilBERT's names", () => {
    expect(readDimensions(fixture('distilbert-base-uncased'), 'config.json')).toMatchObject({
      layers: 6,
      hidden: 768,
      ffn: 3072,
      tokenTypes: 0,
      layerNormEpsilon: 1e-12,
      classifierDropout: 0.2,
    });
  });

  it("keeps ELECTRA's narrower embeddings", () => {
    expect(readDimensions(fixture('electra-small-discriminator'), 'config.json')).toMatchObject({
      embedding: 128,
      hidden: 256,
    });
  });

  it("makes GPT-2's feed-forward network four times as wide unless told", () => {
    expect(readDimensions(fixture('gpt2-medium'), 'config.json')).toMatchObject({ ffn: 4096 });
    const told = { ...fixture('gpt2-medium'), n_inner: 2048 };
    expect(readDimensions(told, 'config.json')).toMatchObject({ ffn: 2048 });
  });

  it("reads Llama's shared keys and scaled positions, as transformers 4 and 5 write them", () => {
    const llama = fixture('llama-3.2-3b');
    const expected = {
      kvHeads: 8,
      headWidth: 128,
      keyValueWidth: 1024,
      tied: true,
      rotaryTheta: 500_000,
      rotaryScaling: { kind: 'llama3', factor: 32, lowFactor: 1, highFactor: 4, length: 8192 },
    };
    expect(readDimensions(llama, 'config.json')).toMatchObject(expected);
    const { rope_theta, rope_scaling, ...rest } = llama;
    const written = { ...rest, rope_parameters: { ...(rope_scaling as object), rope_theta } };
    expect(readDimensions(written, 'config.json')).toMatchObject(expected);
    expect(readDimensions({ ...rest, rope_scaling: { type: 'linear', factor: 2 } }, 'config.json')).toMatchObject({
      rotaryTheta: 10_000,
      rotaryScaling: { kind: 'linear', factor: 2 },
    });
  });

  it("reads yarn's keys, old and new, and their defaults", () => {
    const { rope_theta, rope_scaling, ...rest } = fixture('llama-3.2-3b');
    const said = { factor: 4, original_max_position_embeddings: 2048 };
    const expected = {
      kind: 'yarn',
      factor: 4,
      amplitude: 0.1 * Math.log(4) + 1,
      fastTurns: 32,
      slowTurns: 1,
      wholePairs: true,
      length: 2048,
    };
    const scalingOf = (changes: object) => readDimensions({ ...rest, ...changes }, 'config.json');
    expect(scalingOf({ rope_theta: 500, rope_scaling: { type: 'yarn', ...said } })).toMatchObject({
      rotaryTheta: 500,
      rotaryScaling: expected,
    });
    const parameters = { rope_type: 'yarn', rope_theta: 500, ...said, attention_factor: 1.5, truncate: false };
    expect(scalingOf({ rope_parameters: parameters })).toMatchObject({
      rotaryTheta: 500,
      rotaryScaling: { ...expected, amplitude: 1.5, wholePairs: false },
    });
    // Without a factor: how much longer the model is than what it was first trained on, here said beside the positions.
    const outside = { max_position_embeddings: 4096, original_max_position_embeddings: 512 };
    expect(scalingOf({ ...outside, rope_scaling: { type: 'yarn', factor: null } })).toMatchObject({
      rotaryScaling: { factor: 8, length: 512, amplitude: 0.1 * Math.log(8) + 1 },
    });
  });

  it('leaves positions as they are for dynamic scaling, which stretches texts longer than any run has', () => {
    const config = { ...fixture('llama-3.2-3b'), rope_scaling: { rope_type: 'dynamic', factor: 4 } };
    expect(readDimensions(config, 'config.json')).toMatchObject({ rotaryScaling: { kind: 'none' } });
  });

  it("limits Mistral's texts to its sliding window, where there is one", () => {
    const { rope_scaling, head_dim, num_key_value_heads, ...llama } = fixture('llama-3.2-3b');
    const mistral = { ...llama, model_type: 'mistral', max_position_embeddings: 32_768 };
    const read = (changes: object) => readDimensions({ ...mistral, ...changes }, 'config.json');
    const narrow = { maxSequence: 1024, sequenceLimit: 'sliding_window' };
    expect(read({ sliding_window: 1024 })).toMatchObject({ ...narrow, kvHeads: 8, headWidth: 128 });
    expect(read({})).toMatchObject({ maxSequence: 4096 });
    for (const sliding_window of [null, 32_768, 65_536]) {
      expect(read({ sliding_window })).toMatchObject({ maxSequence: 32_768 });
      expect(read({ sliding_window })).not.toHaveProperty('sequenceLimit');
    }
  });

  it.each(['qwen2.5-0.5b', 'qwen3-0.6b'])('limits the texts of %s to a window that it uses', (name) => {
    const read = (changes: object) =>
      readDimensions({ ...fixture(name), sliding_window: 1024, ...changes }, 'config.json');
    const { maxSequence } = readDimensions(fixture(name), 'config.json');
    const window = { maxSequence: 1024, sequenceLimit: 'sliding_window' };
    expect(read({ use_sliding_window: true, layer_types: ['full_attention', 'sliding_attention'] })).toMatchObject(
      window,
    );
    const first = { use_sliding_window: true, layer_types: undefined };
    expect(read({ ...first, max_window_layers: 2 })).toMatchObject(window);
    expect(read({ ...first, max_window_layers: 28, num_hidden_layers: 28 })).toMatchObject({ maxSequence });
    expect(read({ use_sliding_window: true, layer_types: ['full_attention'] })).toMatchObject({ maxSequence });
    expect(read({ use_sliding_window: false })).toMatchObject({ maxSequence });
    expect(() => read({ use_sliding_window: false, layer_types: ['sliding_attention'] })).toThrow(
      'layer_types: only "full_attention" is supported where no sliding window is used',
    );
  });

  it.each([
    ['gemma', 'norms multiply by 1 + gain'],
    ['gemma2', 'attn_logit_softcapping'],
    ['gemma3', 'two kinds of rotary positions alternate'],
    ['gemma3_text', 'two kinds of rotary positions alternate'],
    ['phi', 'positions turn part of a head'],
    ['phi3', 'query, key and value lie in one weight'],
    ['mixtral', '(experts)'],
    ['qwen3_moe', '(experts)'],
    ['deepseek_v3', 'low rank (MLA)'],
    ['deberta', '(DeBERTa-v2 and v3 are built)'],
    ['nomic_bert', 'query, key and value in one weight'],
  ])('says what of %s is not built', (model_type, reason) => {
    const read = () => readDimensions({ ...fixture('llama-3.2-3b'), model_type }, 'config.json');
    expect(read).toThrow(`got "${model_type}", which is not built: `);
    expect(read).toThrow(reason);
    expect(read).toThrow('; choose a model of one of them');
  });

  it.each([
    [
      { rope_scaling: { type: 'su' } },
      'rope_scaling.type: only default, linear, dynamic, llama3 and yarn are supported, got "su"; repair',
    ],
    [
      { rope_scaling: { type: 3 } },
      'rope_scaling.type: only default, linear, dynamic, llama3 and yarn are supported, got 3',
    ],
    [{ rope_scaling: { rope_type: 'longrope', type: 'su' } }, 'rope_scaling.rope_type: only default, linear,'],
    [
      { rope_scaling: null, rope_parameters: { rope_type: 'longrope' } },
      'rope_parameters.rope_type: only default, linear, dynamic, llama3 and yarn are supported, got "longrope"',
    ],
    [{ rope_scaling: { type: 'linear' } }, 'rope_scaling.factor'],
    [
      { rope_scaling: null, rope_parameters: { full_attention: { rope_type: 'default' } } },
      'rope_parameters: positions of each layer type are not supported',
    ],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor: only 1 is supported: whole heads are turned, got 0.5'],
    [
      { rope_scaling: null, rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.25 } },
      'rope_parameters.partial_rotary_factor: only 1 is supported: whole heads are turned, got 0.25',
    ],
    [{ attn_logit_softcapping: 50 }, 'attn_logit_softcapping: caps of attention scores are not supported, got 50'],
    [{ final_logit_softcapping: 30 }, 'final_logit_softcapping: caps of logits are not supported, got 30'],
    [{ num_local_experts: 8 }, 'num_local_experts: mixtures of experts are not supported, got 8'],
    [{ num_experts: 8 }, 'num_experts: mixtures of experts are not supported, got 8'],
    [{ n_routed_experts: 8 }, 'n_routed_experts: mixtures of experts are not supported, got 8'],
    [{ kv_lora_rank: 512 }, 'kv_lora_rank: keys and values of low rank (MLA) are not supported, got 512'],
    [{ num_key_value_heads: 7 }, 'num_key_value_heads must divide the 24 attention heads, got 7'],
    [{ head_dim: 3 }, 'the width of a head must be even, got 3'],
    [{ layer_types: ['sliding_attention'] }, 'only "full_attention" is supported'],
    [{ use_sliding_window: true }, 'use_sliding_window: only false is supported'],
  ])('refuses a Llama with %j', (changes, message) => {
    expect(() => readDimensions({ ...fixture('llama-3.2-3b'), ...changes }, 'config.json')).toThrow(message);
  });

  it.each(['bert-base-uncased', 'gpt2-medium', 'llama-3.2-3b'])('reads -1 as no padding token in %s', (name) => {
    for (const pad_token_id of [-1, null, undefined]) {
      expect(readDimensions({ ...fixture(name), pad_token_id }, 'config.json')).toMatchObject({ padTokenId: 0 });
    }
  });

  it.each([
    ['swish', 'silu'],
    ['gelu_python', 'gelu'],
    ['gelu_fast', 'gelu_new'],
    ['gelu_accurate', 'gelu_new'],
    ['gelu_python_tanh', 'gelu_new'],
    ['silu', 'silu'],
  ])('reads the activation %s as %s, in encoders and decoders', (hidden_act, activation) => {
    for (const name of ['bert-base-uncased', 'deberta-v3-base', 'albert-base-v2', 'smollm2-135m']) {
      expect(readDimensions({ ...fixture(name), hidden_act }, 'config.json'), name).toMatchObject({ activation });
    }
  });

  it('takes the classifier dropout of the config over the general one', () => {
    for (const [written, classifierDropout] of [
      [0.3, 0.3],
      [null, 0.1],
    ]) {
      const config = bert({ classifier_dropout: written });
      expect(readDimensions(config, 'config.json')).toMatchObject({ classifierDropout });
    }
  });

  it('allows unsupported options that are off', () => {
    const off = { is_decoder: false, pruned_heads: {}, position_embedding_type: 'absolute', quantization_config: null };
    expect(readDimensions(bert(off), 'config.json').layers).toBe(12);
  });

  it.each([
    [
      { model_type: 't5' },
      'm/config.json: model_type: must be one of bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, mpnet, modernbert, deberta-v2, gpt2, llama, mistral, qwen2, qwen3, got "t5"; choose a model of one of them',
    ],
    [{ model_type: 'constructor' }, 'model_type: must be one of'],
    [{ model_type: undefined }, 'got nothing; add the line "model_type": "bert"'],
    [{ model_type: undefined, architectures: ['RobertaModel'] }, 'add the line "model_type": "roberta"'],
    [{ model_type: undefined, architectures: ['XLMRobertaModel'] }, 'add the line "model_type": "xlm-roberta"'],
    [{ model_type: null, architectures: ['DistilBertForMaskedLM'] }, 'add the line "model_type": "distilbert"'],
    [{ model_type: undefined, architectures: [], embedding_size: 128 }, 'add the line "model_type": "electra"'],
    [{ model_type: 'albert', num_hidden_groups: 13 }, 'num_hidden_groups: must be at most num_hidden_layers, got 13'],
    [{ model_type: 'mpnet', pad_token_id: 0 }, 'pad_token_id: only 1 is supported'],
    [
      { model_type: 'mpnet', relative_attention_num_buckets: 64 },
      'relative_attention_num_buckets: only 32 is supported',
    ],
    [{ model_type: 'modernbert', rope_scaling: { factor: 2 } }, 'rope_scaling: stretched positions are not supported'],
    [
      { model_type: 'modernbert', rope_parameters: { full_attention: { rope_type: 'yarn' } } },
      'rope_parameters.full_attention.rope_type: only "default" is supported, got "yarn"',
    ],
    [
      { model_type: 'modernbert', layer_types: ['full_attention'] },
      'layer_types must name each of the 12 layers, got 1',
    ],
    [{ model_type: 'modernbert', layer_types: ['linear_attention'] }, 'layer_types.0: only "full_attention" and'],
    [{ model_type: 'modernbert', classifier_pooling: 'max' }, 'classifier_pooling'],
    [{ ...v3, conv_kernel_size: 3 }, 'conv_kernel_size: only 0 is supported: its convolution is not built, got 3'],
    [{ ...v3, pos_att_type: 'p2c|p2p' }, 'pos_att_type: only "c2p" and "p2c" are supported, got "p2c|p2p"'],
    [{ ...v3, pos_att_type: undefined }, 'pos_att_type: must name c2p or p2c with relative_attention: true'],
    [{ ...v3, norm_rel_ebd: 'batch_norm' }, 'norm_rel_ebd: only "none" and "layer_norm" are supported'],
    [{ ...v3, position_buckets: 7 }, 'position_buckets: must be even and at most 1020 for 512 positions, got 7'],
    [{ ...v3, max_relative_positions: 5, position_buckets: 8 }, 'at most 6 for 5 positions, got 8'],
    [{ ...v3, attention_head_size: 32 }, 'attention_head_size: must be 768 / 12 heads, got 32'],
    [{ ...v3, pooler_hidden_size: 100 }, 'pooler_hidden_size: must be the width 768, got 100'],
    [{ ...v3, embedding_size: 128, legacy: false }, 'embedding_size: must be 768 with legacy: false, got 128'],
    [{ hidden_size: undefined }, 'm/config.json: hidden_size:'],
    [{ hidden_size: 770 }, 'the number of attention heads must divide the width 770, got 12'],
    [{ hidden_size: -4 }, 'got -4'],
    [{ hidden_size: 1.5 }, 'got 1.5'],
    [{ num_hidden_layers: 1e9 }, 'got 1000000000'],
    [{ vocab_size: null }, 'got null'],
    [
      { hidden_act: 'quick_gelu' },
      'hidden_act: must be one of gelu, gelu_new, gelu_pytorch_tanh, relu, silu, got "quick_gelu"',
    ],
    [{ hidden_act: 'constructor' }, 'got "constructor"'],
    [{ hidden_dropout_prob: 1 }, 'hidden_dropout_prob'],
    [{ is_decoder: true }, 'is_decoder: only false is supported, got true'],
    [{ add_cross_attention: true }, 'add_cross_attention: only false'],
    [{ position_embedding_type: 'relative_key' }, 'position_embedding_type: only "absolute" is supported'],
    [{ pruned_heads: { 0: [1] } }, 'pruned heads are not supported'],
    [{ quantization_config: { bits: 4 } }, 'quantized checkpoints are not supported'],
    [{ pad_token_id: -2 }, 'pad_token_id: must be at least -1, got -2'],
    [{ model_type: 'roberta', pad_token_id: -1 }, 'pad_token_id: must be at least 0, got -1; repair config.json'],
    [{ pad_token_id: 30522 }, 'pad_token_id: must be below the vocabulary of 30522, got 30522'],
  ])('refuses %j', (changes, message) => {
    expect(() => readDimensions(bert(changes), 'm/config.json')).toThrow(message);
  });

  it('names all problems at once', () => {
    try {
      readDimensions(bert({ hidden_size: 0, vocab_size: 'many', is_decoder: true }), 'config.json');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ModelConfigError);
      expect((error as ModelConfigError).problems).toHaveLength(3);
    }
  });

  it('refuses a RoBERTa whose positions leave no room', () => {
    const config = { ...fixture('roberta-base'), max_position_embeddings: 2 };
    expect(() => readDimensions(config, 'config.json')).toThrow('must be above 2, where positions begin, got 2');
  });

  it('answers anything with dimensions or a ModelConfigError', () => {
    const keys = fc.constantFrom(...Object.keys(fixture('bert-base-uncased')));
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(keys, fc.jsonValue()), (anything, changes) => {
        for (const config of [anything, bert(changes)]) {
          try {
            expect(readDimensions(config, 'config.json').layers).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(ModelConfigError);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

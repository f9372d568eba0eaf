import { describe, expect, it } from 'vitest';
import { parameterCounts } from '../../../extension/contract/run.ts';
import { countParameters } from '../../../extension/methods/entries/count.ts';
import { entryNames } from '../../../extension/methods/entries/entryOptions.ts';
import { taskTensors } from '../../../extension/models/families.ts';
import { configured, publishedModel, tinyModel } from '../outlines.ts';

const bertBase = publishedModel('bert-base-uncased');
const bertLarge = publishedModel('bert-large-uncased');
const robertaBase = publishedModel('roberta-base');
const gpt2Medium = publishedModel('gpt2-medium');
const models = [bertBase, bertLarge, robertaBase, gpt2Medium];

describe('published counts of bare models', () => {
  it('backbone', () => {
    expect(models.map((model) => countParameters(model, [], []).base)).toEqual([
      109_482_240, 335_141_888, 124_055_040, 354_823_168,
    ]);
  });

  it.each([
    ['ln-tuning', [38_400, 100_352, 38_400, 100_352]],
    [{ 'ln-tuning': { norms: ['attention', 'ffn'] } }, [36_864, 98_304, 36_864, 98_304]],
    [{ 'ln-tuning': { terms: ['gain'] } }, [19_200, 50_176, 19_200, 50_176]],
    [{ 'ln-tuning': { terms: 'bias' } }, [19_200, 50_176, 19_200, 50_176]],
    [{ 'ln-tuning': { norms: 'attention' } }, [18_432, 49_152, 18_432, 49_152]],
    [{ 'ln-tuning': { norms: 'ffn' } }, [18_432, 49_152, 18_432, 49_152]],
    ['bitfit', [102_912, 272_384, 102_144, 271_360]],
    [{ bitfit: { norm_biases: false } }, [83_712, 222_208, 82_944, 221_184]],
    [{ prefix: { length: 16 } }, [294_912, 786_432, 294_912, 786_432]],
    [{ adapter: { at: 'attention', bottleneck: 16 } }, [304_320, 811_392, 304_320, 811_392]],
    [{ adapter: { at: 'ffn', placement: 'parallel', bottleneck: 64 } }, [1_189_632, 3_171_840, 1_189_632, 3_171_840]],
    [{ houlsby: { bottleneck: 64 } }, [2_379_264, 6_343_680, 2_379_264, 6_343_680]],
    [{ lora: { rank: 8 } }, [294_912, 786_432, 294_912, 786_432]],
    [{ mam: { length: 16, bottleneck: 16 } }, [599_232, 1_597_824, 599_232, 1_597_824]],
    ['ia3', [55_296, 147_456, 55_296, 147_456]],
    [{ ia3: { attention_output: true } }, [64_512, 172_032, 64_512, 172_032]],
    ['unified', [637_632, 1_698_176, 637_632, 1_698_176]],
    ['head-only', [0, 0, 0, 0]],
    ['full', [109_482_240, 335_141_888, 124_055_040, 354_823_168]],
  ])('%j', (value, expected) => {
    expect(models.map((model) => countParameters(model, configured(value), []).method)).toEqual(expected);
  });
});

describe('countParameters', () => {
  it('gives a trained pooler to the head, and takes it from method and base', () => {
    const count = (model: typeof bertBase) => {
      const { pooler, head } = taskTensors(model.dimensions, 'sequence', 2);
      return countParameters(model, configured('bitfit'), [...pooler, ...head]);
    };
    expect(count(bertBase)).toMatchObject({ base: 108_891_648, method: 102_144, head: 590_592 + 2 * 769 });
    expect(count(bertLarge)).toMatchObject({ base: 334_092_288, method: 271_360, head: 1_049_600 + 2 * 1025 });
    expect(count(robertaBase)).toMatchObject({ head: 592_130 });
    expect(count(gpt2Medium)).toMatchObject({ head: 2 * 1024 });
  });

  it('keeps what a reparameterised prefix stores and trains apart', () => {
    const counts = countParameters(bertBase, configured({ prefix: { mlp: true } }), []);
    const [l, d, m, L] = [16, 768, 512, 12];
    expect(counts.method).toBe(294_912);
    expect(counts.methodTrained).toBe(l * d + d * m + m + m * 2 * L * d + 2 * L * d);
    expect(counts.byLayer[1]).toEqual({ layer: 'layer 0', method: 2 * l * d, head: 0 });
  });

  it('uses the width of each norm where embeddings are narrower', () => {
    const electra = publishedModel('electra-small-discriminator');
    const [layers, hidden, narrow] = [electra.dimensions.layers, electra.dimensions.hidden, 128];
    const counts = countParameters(electra, configured('ln-tuning'), []);
    expect(counts.method).toBe(4 * hidden * layers + 2 * narrow);
    expect(counts.byLayer[0]).toEqual({ layer: 'embedding', method: 2 * narrow, head: 0 });
  });

  it('counts DistilBERT, which has six blocks and no pooler', () => {
    const distilbert = publishedModel('distilbert-base-uncased');
    expect(countParameters(distilbert, configured('ln-tuning'), []).method).toBe(2 * 768 * 13);
    expect(countParameters(distilbert, configured('lora'), []).method).toBe(4 * 8 * 768 * 6);
    expect(countParameters(distilbert, configured('unified'), []).method).toBe(147_456 + 152_160 + 19_968);
  });

  it.each(entryNames)('counts what %s tunes in each block of an ALBERT with two groups of two blocks', (name) => {
    const albert = { model_type: 'albert', num_hidden_layers: 4, num_hidden_groups: 2, inner_group_num: 2 };
    const model = tinyModel({ ...albert, embedding_size: 4, max_position_embeddings: 32 });
    const rows = countParameters(model, configured(name), []).byLayer.slice(1, 5);
    expect(rows.map(({ layer }) => layer)).toEqual(['layer 0', 'layer 1', 'layer 2', 'layer 3']);
    expect(new Set(rows.map(({ method }) => method)).size).toBe(1);
    expect(rows[0]!.method > 0).toBe(name !== 'head-only');
  });

  it('counts a tensor that two methods tune once', () => {
    const [norms, biases, both] = ['ln-tuning', 'bitfit', ['ln-tuning', 'bitfit']].map(
      (value) => countParameters(bertBase, configured(value), []).method,
    );
    expect(both).toBe(norms! + biases! - 19_200);
  });

  it('splits by component and by layer, and every number is in exactly one row', () => {
    const { pooler, head } = taskTensors(bertBase.dimensions, 'sequence', 3);
    const counts = countParameters(bertBase, configured('unified'), [...pooler, ...head]);
    expect(counts.byComponent).toEqual({
      'prefix/attention.keyvalue': 294_912,
      'adapter/attention.output': 304_320,
      'ln-tuning/norm.embedding': 1536,
      'ln-tuning/norm.attention': 18_432,
      'ln-tuning/norm.ffn': 18_432,
      pooler: 590_592,
      head: 2307,
    });
    expect(counts.byLayer.map((row) => row.layer)).toEqual([
      'embedding',
      ...Array.from({ length: 12 }, (_, layer) => `layer ${layer}`),
      'final',
    ]);
    const sum = (part: 'method' | 'head') => counts.byLayer.reduce((n, row) => n + row[part], 0);
    expect([sum('method'), sum('head')]).toEqual([counts.method, counts.head]);
    expect(counts.percent).toBeCloseTo((100 * 637_632) / 108_891_648, 10);
    expect(parameterCounts.parse(counts)).toEqual(counts);
  });

  it('puts a final norm above the blocks', () => {
    const counts = countParameters(
      gpt2Medium,
      configured('ln-tuning'),
      taskTensors(gpt2Medium.dimensions, 'sequence', 2).head,
    );
    expect(counts.byLayer.at(-1)).toEqual({ layer: 'final', method: 2048, head: 2048 });
  });

  it.each([
    ['smollm2-135m', 'ln-tuning', 35_136],
    ['llama-3.2-3b', 'ln-tuning', 175_104],
    ['qwen2.5-0.5b', 'ln-tuning', 43_904],
    ['qwen3-0.6b', 'ln-tuning', 65_536],
    ['gpt2-medium', 'ln-tuning', 100_352],
    // 24 blocks of keys and values of 128 numbers; query and value 896 → 896 and 896 → 128, gate is left alone.
    ['qwen2.5-0.5b', 'prefix', 16 * 2 * 24 * 128],
    ['qwen2.5-0.5b', 'lora', 24 * 8 * (2 * 896 + 896 + 128)],
    ['qwen2.5-0.5b', 'ia3', 24 * (2 * 128 + 4864)],
    ['qwen2.5-0.5b', 'bitfit', 27_648],
  ])('counts from the config of %s what %s tunes', (name, method, expected) => {
    expect(countParameters(publishedModel(name), configured(method), []).method).toBe(expected);
  });

  it('refuses what a model without biases does not have', () => {
    const llama = publishedModel('smollm2-135m');
    expect(() => countParameters(llama, configured('bitfit'), [])).toThrow('this model has no biases; use ln-tuning');
  });

  it('refuses to leave out the biases of norms where there are no others', () => {
    const model = tinyModel({ model_type: 'modernbert', norm_bias: true, pad_token_id: 0 });
    const count = (options: object) => countParameters(model, configured({ bitfit: options }), []).method;
    expect(count({})).toBe(8 * 5);
    for (const options of [{ norm_biases: false }, { norm_biases: false, layers: [1] }]) {
      expect(() => count(options)).toThrow(
        'norm_biases: must be true for this model, whose norms alone have biases, got false; leave it out, or use lora',
      );
    }
  });

  it('restricts to the blocks that `layers` names', () => {
    const tiny = tinyModel();
    const count = (value: unknown) => countParameters(tiny, configured(value), []).method;
    expect(count({ 'ln-tuning': { layers: 1 } })).toBe(4 * 8);
    expect(count({ 'ln-tuning': { layers: [0], norms: ['embedding', 'ffn'] } })).toBe(2 * 16);
    expect(count({ bitfit: { layers: '0' } })).toBe(7 * 8 + 12);
    expect(count({ lora: { rank: 2, layers: '0-1', targets: ['up', 'down'] } })).toBe(2 * 2 * 2 * (8 + 12));
    expect(count({ ia3: { layers: [1] } })).toBe(2 * 8 + 12);
    expect(count({ adapter: { layers: [1], bottleneck: 3 } })).toBe(2 * 8 * 3 + 3 + 8);
  });

  it('says what does not fit instead of counting it', () => {
    expect(() => countParameters(bertBase, configured(['bitfit', { lora: { layers: 12 } }]), [])).toThrow(
      'methods[1].lora.layers: must be within 0 … 11 for this model of 12 blocks, got 12; count blocks from 0',
    );
  });
});

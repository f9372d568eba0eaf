import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elements } from '../../extension/graph/tensor.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { families, familiesWith, familyOf, taskTensors } from '../../extension/models/families.ts';
import type { TensorSpec } from '../../extension/models/model/tensors.ts';

const dimensionsAt = (file: string) =>
  readDimensions(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')), file);
const dimensions = (name: string) => dimensionsAt(`../fixtures/models/${name}.json`);
const total = (tensors: readonly TensorSpec[]) => tensors.reduce((sum, { shape }) => sum + elements(shape), 0);
const bare = (name: string) => {
  const model = dimensions(name);
  return familyOf(model).build(model).tensors;
};
const select = (name: string, keep: (tensor: TensorSpec) => boolean) => total(bare(name).filter(keep));
/** Those with a masked-LM head. */
const encoders = families.flatMap(({ name, heads }) => (heads['masked-lm'] ? [name] : []));
const isNorm = (tensor: TensorSpec) => tensor.site.startsWith('norm.');

describe('parameter totals', () => {
  // Totals of the published models as the transformers library builds them.
  it.each([
    ['bert-base-uncased', 109_482_240],
    ['bert-large-uncased', 335_141_888],
    ['roberta-base', 124_055_040],
    ['xlm-roberta-base', 277_453_056],
    ['camembert-base', 110_031_360],
    ['distilbert-base-uncased', 66_362_880],
    ['electra-small-discriminator', 13_483_008],
    ['albert-base-v2', 11_683_584],
    ['mpnet-base', 108_895_872],
    ['modernbert-base', 149_014_272],
    ['deberta-v3-base', 183_831_552],
    ['gpt2-medium', 354_823_168],
    ['smollm2-135m', 134_515_008],
    ['llama-3.2-3b', 3_212_749_824],
    ['qwen2.5-0.5b', 494_032_768],
    ['qwen3-0.6b', 596_049_920],
  ])('%s has %d', (name, expected) => {
    expect(total(bare(name))).toBe(expected);
  });

  it.each([
    ['bert-base-uncased', 38_400, 102_912],
    ['bert-large-uncased', 100_352, 272_384],
    ['roberta-base', 38_400, 102_144],
    ['xlm-roberta-base', 38_400, 102_144],
    ['camembert-base', 38_400, 102_144],
    ['albert-base-v2', 3_328, 10_112],
    ['mpnet-base', 38_400, 102_144],
    ['modernbert-base', 34_560, 0],
    ['deberta-v3-base', 39_936, 102_912],
    ['gpt2-medium', 100_352, 271_360],
    ['smollm2-135m', 35_136, 0],
    ['llama-3.2-3b', 175_104, 0],
    ['qwen2.5-0.5b', 43_904, 27_648],
    ['qwen3-0.6b', 65_536, 0],
  ])('%s has %d norm parameters and %d biases', (name, norms, biases) => {
    expect(select(name, isNorm)).toBe(norms);
    expect(select(name, ({ role }) => role === 'bias')).toBe(biases);
  });

  it.each(['bert-base-uncased', 'gpt2-medium'])('%s has square query and value projections for LoRA', (name) => {
    const { layers, hidden } = dimensions(name);
    for (const site of ['attention.query', 'attention.value']) {
      const weights = bare(name).filter((tensor) => tensor.site === site && tensor.role === 'weight');
      expect(weights.map((tensor) => tensor.shape)).toEqual(Array(layers).fill([hidden, hidden]));
    }
  });
});

describe('task tensors', () => {
  it("counts BERT's pooler apart, and only where the head reads it", () => {
    const sequence = taskTensors(dimensions('bert-base-uncased'), 'sequence', 2);
    expect(total(sequence.backbone)).toBe(108_891_648);
    expect(total(sequence.pooler)).toBe(590_592);
    expect(total(sequence.head)).toBe(2 * 769);
    const token = taskTensors(dimensions('bert-base-uncased'), 'token', 9);
    expect(token.pooler).toEqual([]);
    expect(total(token.head)).toBe(9 * 769);
    expect(total(taskTensors(dimensions('bert-large-uncased'), 'sequence', 2).backbone)).toBe(334_092_288);
  });

  it.each([
    ['roberta-base', 'sequence', 2, 592_130],
    ['camembert-base', 'sequence', 2, 592_130],
    ['albert-base-v2', 'sequence', 2, 2 * 769],
    ['albert-base-v2', 'masked-lm', 30_000, 128 * 769 + 2 * 128 + 30_000],
    ['mpnet-base', 'sequence', 2, 592_130],
    ['modernbert-base', 'sequence', 2, 768 * 769 + 2 * 769],
    ['modernbert-base', 'masked-lm', 50_368, 768 * 769 + 50_368],
    ['deberta-v3-base', 'sequence', 2, 592_130],
    ['deberta-v3-base', 'masked-lm', 128_100, 768 * 769 + 2 * 768 + 128_100],
    ['xlm-roberta-base', 'masked-lm', 250_002, 768 * 769 + 2 * 768 + 250_002],
    ['electra-small-discriminator', 'sequence', 2, 256 * 257 + 2 * 257],
    ['distilbert-base-uncased', 'sequence', 2, 768 * 769 + 2 * 769],
    ['gpt2-medium', 'sequence', 3, 3 * 1024],
    ['gpt2-medium', 'token', 3, 3 * 1025],
    ['gpt2-medium', 'causal-lm', 50_257, 0],
    ['gpt2-medium', 'masked-lm', 50_257, 0],
    ['llama-3.2-3b', 'causal-lm', 128_256, 0],
    ['llama-3.2-3b', 'sequence', 3, 3 * 3072],
    ['bert-base-uncased', 'masked-lm', 30_522, 768 * 769 + 2 * 768 + 30_522],
    ['electra-small-discriminator', 'masked-lm', 30_522, 128 * 257 + 2 * 128 + 30_522],
  ] as const)('%s %s head for %d outputs has %d parameters', (name, head, outputs, expected) => {
    expect(total(taskTensors(dimensions(name), head, outputs).head)).toBe(expected);
  });

  it.each(encoders)('%s names each tensor once', (architecture) => {
    const model = dimensionsAt(`../golden/models/${architecture}-sequence/config.json`);
    const { build, heads } = familyOf(model);
    for (const head of Object.values(heads)) {
      const names = [...build(model).tensors, ...head(model, 2).tensors].map((tensor) => tensor.name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('names the families that have a head', () => {
    expect(familiesWith('masked-lm')).toBe(
      'BERT, RoBERTa, XLM-RoBERTa, CamemBERT, DistilBERT, ELECTRA, ALBERT, MPNet, ModernBERT or DeBERTa-v2',
    );
    expect(familiesWith('causal-lm')).toBe('GPT-2, Llama, Mistral, Qwen2 or Qwen3');
  });
});

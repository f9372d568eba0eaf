import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConfiguredMethod, ModelOutline } from '../../../extension/methods/declaration/method.ts';
import { countParameters } from '../../../extension/methods/entries/count.ts';
import { countFormula } from '../../../extension/methods/entries/countFormula.ts';
import { declareEach } from '../../../extension/methods/entries/declare.ts';
import { entryNames } from '../../../extension/methods/entries/entryOptions.ts';
import { families } from '../../../extension/models/families.ts';
import { configured, publishedModel, tinyModel } from '../outlines.ts';

const fixtures = new URL('../../fixtures/models/', import.meta.url);
/** A published model of each family, by its `model_type`. */
const published = new Map(
  readdirSync(fixtures).map((file): [string, string] => {
    const { model_type: family } = JSON.parse(readFileSync(new URL(file, fixtures), 'utf8')) as { model_type: string };
    return [family, file.replace('.json', '')];
  }),
);

/** Of a family without one, a small model with every size apart; a gated one takes another activation. */
function modelOf(family: string): ModelOutline {
  const name = published.get(family);
  if (name !== undefined) return publishedModel(name);
  const sizes = { hidden_size: 24, num_hidden_layers: 3, num_attention_heads: 4, num_key_value_heads: 2 };
  const config = { model_type: family, ...sizes, intermediate_size: 40, vocab_size: 50, rms_norm_eps: 1e-5 };
  try {
    return tinyModel(config);
  } catch {
    return tinyModel({ ...config, hidden_act: 'silu' });
  }
}

/** What a formula comes to: `2d(2L+1)` with d = 768 and L = 12. */
function resultOf(formula: string, sizes: Readonly<Record<string, number>>): number {
  const script = formula
    .replaceAll('²', '**2')
    .replaceAll('−', '-')
    .replaceAll(/([\dA-Za-z)])(?=[A-Za-z(])/g, '$1*')
    .replaceAll(/[A-Za-z]/g, (letter) => String(sizes[letter] ?? `(no size ${letter})`));
  return Number(Function(`return ${script}`)());
}

function sizesOf({ dimensions, tensors }: ModelOutline, methods: readonly ConfiguredMethod[]) {
  const rows = (site: string) => tensors.find((tensor) => tensor.site === site && tensor.role === 'weight')!.shape[0]!;
  const options = Object.assign({}, ...methods.map(({ options }) => options)) as Record<string, number>;
  const { layers: L, hidden: d, keyValueWidth: k, vocabulary: V } = dimensions;
  const own = { r: (options.rank ?? options.bottleneck)!, l: options.length! };
  return { L, d, k, V, q: rows('attention.query'), f: rows('ffn.up'), ...own };
}

describe.each(families.map(({ name }) => name))('on %s', (family) => {
  const model = modelOf(family);
  it.each(entryNames)('the formula of %s comes to the exact count', (name) => {
    const methods = configured(name);
    const formula = countFormula(model, methods);
    if (formula === undefined) expect(declareEach(model, methods).problems).not.toEqual([]);
    else expect(resultOf(formula, sizesOf(model, methods))).toBe(countParameters(model, methods, []).method);
  });
});

it.each([
  ['bert-base-uncased', 'ln-tuning', '2d(2L+1)'],
  ['llama-3.2-3b', 'ln-tuning', 'd(2L+1)'],
  ['qwen3-0.6b', 'ln-tuning', 'L(2d + 256) + d'],
  ['bert-base-uncased', 'lora', '4Ldr'],
  ['llama-3.2-3b', 'lora', 'L(3dr + kr)'],
  ['qwen3-0.6b', 'lora', 'L(3dr + qr)'],
  ['bert-base-uncased', 'ia3', 'L(2d + f)'],
  ['llama-3.2-3b', 'ia3', 'L(2k + f)'],
  ['bert-base-uncased', 'prefix', '2Lld'],
  ['llama-3.2-3b', 'prefix', '2Llk'],
  ['bert-base-uncased', 'pfeiffer', 'L(2dr + r + d)'],
  ['bert-base-uncased', 'unified', 'L(2ld + 2dr + r + 5d) + 2d'],
  ['bert-base-uncased', 'head-only', '0'],
])('on %s, %s tunes %s', (name, method, formula) => {
  expect(countFormula(publishedModel(name), configured(method))).toBe(formula);
});

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readBytes, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { formatRefusal } from '../../extension/export/formats.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import { countFormula } from '../../extension/methods/entries/countFormula.ts';
import { inspectUnion } from '../../extension/methods/entries/declare.ts';
import { mergeObstacle } from '../../extension/methods/entries/union.ts';
import { openDecoder } from '../support/goldenDecoders.ts';
import { configured, publishedModel, tinyModel } from './outlines.ts';
import { headOf, largest, largestDifference, TinyRun, type Values } from './tinyRun.ts';

/** Made by test/golden/methods/addedBias.py with hooks on transformers' models. */
const golden = openSafetensors(path.resolve('test/golden/methods/addedBias.safetensors'));
const option = { 'ln-tuning': { added_bias: true } };

/** Every f32 tensor under a folder of the file, by the rest of its name. */
async function floats(folder: string): Promise<Values> {
  const file = await golden;
  const names = [...file.entries.keys()].filter((name) => name.startsWith(`${folder}/`));
  const values = await Promise.all(names.map((name) => readFloats(file, name)));
  return new Map(names.map((name, i) => [name.slice(folder.length + 1), values[i]!]));
}

function expectNear(gradients: Values, expected: Values): void {
  for (const [name, wanted] of expected) {
    const got = gradients.get(name);
    expect(got, name).toBeDefined();
    expect(largestDifference(got!, wanted), name).toBeLessThan(1e-5 + 1e-4 * largest(wanted));
  }
}

describe('the biases that norms are given', () => {
  it.each([
    ['smollm2-135m', option, 2 * 35_136, '2d(2L+1)'],
    ['qwen3-0.6b', option, 2 * 65_536, undefined],
    ['modernbert-base', option, 2 * 34_560, '2d(2L+1)'],
    ['smollm2-135m', { 'ln-tuning': { added_bias: true, terms: 'bias' } }, 35_136, 'd(2L+1)'],
    ['smollm2-135m', { 'ln-tuning': { added_bias: true, norms: 'ffn', layers: '0-4' } }, 2 * 5 * 576, undefined],
  ])('count on %s from its config alone: %j', (name, methods, expected, formula) => {
    const model = publishedModel(name);
    expect(countParameters(model, configured(methods), []).method).toBe(expected);
    if (formula !== undefined) expect(countFormula(model, configured(methods))).toBe(formula);
  });

  it.each(['llama', 'qwen3'])('have the loss and gradients of PyTorch in %s', async (name) => {
    const { session, batch } = await openDecoder(name, JSON.stringify(option), onnxEngine('cpu'));
    const values = await floats(`${name}/value`);
    const first = (await session.read()).values;
    expect(new Set(values.keys())).toEqual(new Set(first.keys()));
    for (const [tensor, start] of first) if (tensor.endsWith('.bias')) expect(largest(start), tensor).toBe(0);
    await session.write({ values, slots: {} });
    const { feeds, labelledItems } = batch();
    const { loss, gradients } = await session.gradients({ step: 1, batches: [feeds], lossScale: 1 });
    expect(loss / labelledItems).toBeCloseTo((await floats(name)).get('loss')![0]! / labelledItems, 4);
    expectNear(gradients, await floats(`${name}/gradient`));
    await session.close();
  });

  it('have the gradients of PyTorch in ModernBERT, whose norms are without biases', async () => {
    const folder = await openModel(path.resolve('test/golden/models/modernbert-sequence'));
    const weights = modelWeights(folder, { head: 'sequence', outputs: 3, seed: 1 });
    const { outline } = weights;
    const names = [...outline.tensors, ...headOf(outline)].map(({ name }) => name);
    const base = new Map(await Promise.all(names.map(async (name) => [name, await weights.read(name)] as const)));
    const file = await golden;
    const integers = async (name: string) =>
      Array.from(new BigInt64Array((await readBytes(file, `modernbert/${name}`)).buffer), Number);
    const rows = async (name: string) => {
      const flat = await integers(name);
      return [0, 5, 10].map((start) => flat.slice(start, start + 5));
    };
    const ids = await rows('ids');
    const run = new TinyRun(outline, configured(option), base, {
      ...{ ids, types: ids.map((row) => row.map(() => 0)), mask: await rows('mask') },
      labels: await integers('classes'),
    });
    const values = await floats('modernbert/value');
    expect(new Set(values.keys())).toEqual(new Set(run.first.keys()));
    expectNear(await run.gradients(values), await floats('modernbert/gradient'));
  });

  it('start at the frozen model', async () => {
    const model = tinyModel({ model_type: 'modernbert', pad_token_id: 0 });
    const run = new TinyRun(model, configured(option));
    const frozen = await new TinyRun(model, []).logits(new Map());
    expect(largestDifference(await run.logits(run.first), frozen)).toBeLessThan(1e-6);
    expect(largestDifference(await run.logits(run.moved()), frozen)).toBeGreaterThan(1e-2);
  });

  it.each([
    [
      'bert-base-uncased',
      option,
      'added_bias: must be false where every tuned norm has a bias, got true; leave it out',
    ],
    [
      'smollm2-135m',
      { 'ln-tuning': { added_bias: true, terms: 'gain' } },
      'terms: bias must be among the terms where added_bias is true, got gain; add bias, or leave added_bias out',
    ],
    [
      'smollm2-135m',
      { 'ln-tuning': { terms: 'bias' } },
      'terms: these norms have no bias; tune the gain, or set added_bias: true',
    ],
  ])('are refused where they add nothing: %s, %j', (name, methods, message) => {
    expect(() => countParameters(publishedModel(name), configured(methods), [])).toThrow(message);
  });

  it('are refused where another entry gives the same norm one: a merged model has room for one', () => {
    const inspect = (...norms: unknown[]) => {
      const methods = configured(norms.map((norms) => ({ 'ln-tuning': { added_bias: true, norms } })));
      return inspectUnion(publishedModel('modernbert-base'), methods, { head: [], learningRate: undefined }).problems;
    };
    expect(inspect('ffn', ['ffn', 'attention'])).toMatchObject([
      {
        path: [1, 'ln-tuning'],
        message:
          'ln-tuning 2 must not add what ln-tuning adds already, got layers.0.mlp_norm.bias twice; ' +
          'remove one, or give them different norms',
      },
    ]);
    expect(inspect('ffn', 'attention')).toEqual([]);
  });

  it('are refused, with the reason and another way, by formats that have no place for them', () => {
    const refusal = (name: string, task: 'classification' | 'causal-lm', format: 'peft' | 'merged' | 'gguf') =>
      formatRefusal(format, { model: publishedModel(name).dimensions, task, methods: configured(option) });
    const merged =
      'ln-tuning cannot be merged: checkpoints of Llama have no place for the biases that added_bias gives its norms; ' +
      'export it as onnx or native';
    expect(refusal('smollm2-135m', 'causal-lm', 'merged')).toBe(merged);
    expect(refusal('smollm2-135m', 'causal-lm', 'gguf')).toBe(merged);
    expect(refusal('smollm2-135m', 'causal-lm', 'peft')).toBe(
      'PEFT keeps norms as they are, without the biases that added_bias gives them; export it as onnx or native',
    );
    expect(refusal('modernbert-base', 'classification', 'merged')).toBeUndefined();
    expect(refusal('modernbert-base', 'classification', 'peft')).toContain('export it as merged, onnx or native');
    const plain = configured('ln-tuning');
    expect(mergeObstacle(publishedModel('smollm2-135m').dimensions, plain)).toBeUndefined();
  });
});

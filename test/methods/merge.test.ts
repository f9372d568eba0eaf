import { describe, expect, it } from 'vitest';
import { elements } from '../../extension/graph/tensor.ts';
import { foldStored, inOrder, mergeObstacle, mergeUnion } from '../../extension/methods/entries/union.ts';
import { configured, tinyModel } from './outlines.ts';

const model = tinyModel({ hidden_size: 2, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 3 });

/** Every base tensor filled with ones, and the given tensors over them. */
function tensors(given: Readonly<Record<string, readonly number[]>>) {
  const values = new Map<string, Float32Array>(
    model.tensors.map(({ name, shape }) => [name, new Float32Array(elements(shape)).fill(1)]),
  );
  for (const [name, numbers] of Object.entries(given)) values.set(name, Float32Array.from(numbers));
  const written: Record<string, number[]> = {};
  return {
    written,
    read: (name: string) => values.get(name)!,
    write: (name: string, tensor: Float32Array) => {
      values.set(name, tensor);
      written[name] = Array.from(tensor);
    },
  };
}

const self = 'encoder.layer.0.attention.self';

describe('mergeUnion', () => {
  it('adds (α/r)·B·A to each weight', () => {
    const access = tensors({
      [`${self}.query.lora_A.weight`]: [1, 2],
      [`${self}.query.lora_B.weight`]: [3, 4],
    });
    mergeUnion(model, configured({ lora: { rank: 1, alpha: 2, targets: 'query' } }), access);
    expect(access.written).toEqual({ [`${self}.query.weight`]: [7, 13, 9, 17] });
  });

  it('sums over the rank', () => {
    const access = tensors({
      [`${self}.value.lora_A.weight`]: [1, 0, 0, 1],
      [`${self}.value.lora_B.weight`]: [1, 2, 3, 4],
    });
    mergeUnion(model, configured({ lora: { rank: 2, alpha: 2, targets: 'value' } }), access);
    expect(access.written).toEqual({ [`${self}.value.weight`]: [2, 3, 4, 5] });
  });

  it('scales rows and biases of keys and values, columns of the FFN output', () => {
    const access = tensors({
      [`${self}.key.ia3_l`]: [2, 3],
      [`${self}.value.ia3_l`]: [4, 5],
      'encoder.layer.0.output.dense.ia3_l': [6, 7, 8],
    });
    mergeUnion(model, configured('ia3'), access);
    expect(access.written).toEqual({
      [`${self}.key.weight`]: [2, 2, 3, 3],
      [`${self}.key.bias`]: [2, 3],
      [`${self}.value.weight`]: [4, 4, 5, 5],
      [`${self}.value.bias`]: [4, 5],
      'encoder.layer.0.output.dense.weight': [6, 7, 8, 6, 7, 8],
    });
  });

  it('puts tuned norms and biases in place of the base ones', () => {
    const access = tensors({ 'embeddings.LayerNorm.weight': [5, 6] });
    mergeUnion(model, configured({ 'ln-tuning': { norms: 'embedding' } }), access);
    expect(access.written).toEqual({ 'embeddings.LayerNorm.weight': [5, 6], 'embeddings.LayerNorm.bias': [1, 1] });
  });

  it('scales tuned biases and updated weights, in whatever order a config lists the methods', () => {
    const methods = configured([
      'ia3',
      { lora: { rank: 1, alpha: 1, targets: ['key', 'down'] } },
      { bitfit: { norm_biases: false } },
    ]);
    expect(inOrder(methods).map(({ method }) => method.name)).toEqual(['bitfit', 'lora', 'ia3']);
    const access = tensors({
      [`${self}.key.bias`]: [10, 20],
      [`${self}.key.lora_A.weight`]: [1, 1],
      [`${self}.key.lora_B.weight`]: [1, 1],
      [`${self}.key.ia3_l`]: [2, 3],
      [`${self}.value.ia3_l`]: [1, 1],
      'encoder.layer.0.output.dense.lora_A.weight': [1, 1, 1],
      'encoder.layer.0.output.dense.lora_B.weight': [1, 1],
      'encoder.layer.0.output.dense.ia3_l': [1, 2, 3],
    });
    mergeUnion(model, methods, access);
    expect(access.written[`${self}.key.bias`]).toEqual([20, 60]);
    expect(access.written[`${self}.key.weight`]).toEqual([4, 4, 6, 6]);
    expect(access.written['encoder.layer.0.output.dense.weight']).toEqual([2, 4, 6, 2, 4, 6]);
  });

  it('refuses prefixes and adapters with the reason', () => {
    expect(mergeObstacle(model.dimensions, configured('unified'))).toBe(
      'prefix cannot be merged: learned keys and values stand beside the sequence: no weight of the model holds them; ' +
        'adapter cannot be merged: the bottleneck has an activation inside: no single weight of the model equals it',
    );
    expect(() => mergeUnion(model, configured(['ln-tuning', 'prefix']), tensors({}))).toThrow(
      /^prefix cannot be merged/,
    );
    expect(mergeObstacle(model.dimensions, configured(['full', 'head-only']))).toBeUndefined();
  });
});

describe('foldStored', () => {
  it('turns the MLP of a prefix into keys and values: W_out·tanh(W_in·e + b_in) + b_out', () => {
    const access = tensors({
      'prefix.embedding.weight': [1, 0, 0, 1],
      'prefix.mlp.in.weight': [0.5, -0.25],
      'prefix.mlp.in.bias': [0.125],
      'prefix.mlp.out.weight': [1, 2, 3, 4],
      'prefix.mlp.out.bias': [10, 20, 30, 40],
    });
    foldStored(model, configured({ prefix: { length: 2, mlp: true, mlp_width: 1 } }), access);
    const [first, second] = [Math.tanh(0.625), Math.tanh(-0.125)];
    const close = (numbers: readonly number[]) => numbers.map((value) => expect.closeTo(value, 5));
    expect(access.written).toEqual({
      'prefix.layer.0.key': close([first + 10, 2 * first + 20, second + 10, 2 * second + 20]),
      'prefix.layer.0.value': close([3 * first + 30, 4 * first + 40, 3 * second + 30, 4 * second + 40]),
    });
  });

  it('leaves alone what is kept as it is trained', () => {
    const access = tensors({});
    foldStored(model, configured(['prefix', 'ln-tuning', 'lora']), access);
    expect(access.written).toEqual({});
  });
});

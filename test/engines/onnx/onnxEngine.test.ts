import { describe, expect, it } from 'vitest';
import type { TrainingProgram } from '../../../extension/engines/engine.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { adamW } from '../../../extension/engines/optimizers/adamW.ts';
import type { Optimizer } from '../../../extension/engines/optimizers/optimizer.ts';
import { add, affine, crossEntropy, input, linear, multiply, parameter } from '../../../extension/graph/ops.ts';
import type { Tensor } from '../../../extension/graph/tensor.ts';

const floats = (shape: readonly number[], ...values: number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(values),
});

/** cache → cache + x, and twice x. */
const accumulating = () => {
  const x = input('x', 'f32', ['B']);
  return { outputs: { next: add(input('cache', 'f32', ['B']), x), doubled: affine(x, 2, 0) } };
};

describe('an onnx session', () => {
  it('keeps outputs as inputs of the next run, which can be cloned and fetched', async () => {
    const session = await onnxEngine().open({ step: accumulating() }, new Map());
    const x = floats([2], 1, 10);
    let cache = await session.put(floats([2], 0, 0));
    const run = async () => {
      const { kept, outputs } = await session.run('step', { x, cache }, { keep: ['next'] });
      expect(Object.keys(outputs)).toEqual(['doubled']);
      cache = kept.next!;
    };
    await run();
    const early = await cache.clone();
    await run();
    await run();
    expect(await cache.fetch()).toEqual(floats([2], 3, 30));
    expect(await early.fetch()).toEqual(floats([2], 1, 10));
    expect(cache).toMatchObject({ dtype: 'f32', shape: [2] });
    await session.close();
  });

  it('writes an output over a kept tensor, also over the one that is fed', async () => {
    const session = await onnxEngine().open({ step: accumulating() }, new Map());
    const memory = new Float32Array(2);
    const cache = await session.put({ dtype: 'f32', shape: [2], data: memory });
    for (const value of [1, 2, 3]) {
      const { kept } = await session.run('step', { x: floats([2], value, -value), cache }, { into: { next: cache } });
      expect(kept.next).toBe(cache);
    }
    expect([...memory]).toEqual([6, -6]);
    await session.close();
  });

  it('refuses a kept tensor of another shape, and one of another engine', async () => {
    const session = await onnxEngine().open({ step: accumulating() }, new Map());
    const short = await session.put(floats([1], 0));
    await expect(session.run('step', { x: floats([2], 1, 2), cache: short })).rejects.toThrow(
      'x: the graph needs f32[B] with B = 1, got f32[2]',
    );
    const foreign = { ...(await session.put(floats([2], 0, 0))), dtype: 'f32', shape: [2] } as typeof short;
    await expect(session.run('step', { x: floats([2], 1, 2), cache: foreign })).rejects.toThrow(
      'a kept tensor must be one of this engine; fetch it from the other one',
    );
    await session.close();
  });
});

/** Gradient descent: an optimizer is a value, this one keeps nothing. */
const gradientDescent: Optimizer = {
  name: 'gradient descent',
  settings: {},
  init: () => ({}),
  update(values, gradient, _, { learningRate, weightDecay, gradientFactor }) {
    for (let i = 0; i < values.length; i++) {
      values[i]! -= learningRate * (gradient[i]! * gradientFactor + weightDecay * values[i]!);
    }
  },
  rest: () => {},
};

function program(optimizer: Optimizer): TrainingProgram {
  const logits = linear(input('x', 'f32', ['B', 2]), parameter('weight', [3, 2], true));
  const loss = crossEntropy(logits, input('labels', 'i64', ['B']));
  return {
    training: { outputs: { loss: multiply(loss, input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: { loss, logits } },
    frozen: new Map(),
    trainable: [{ name: 'weight', shape: [3, 2], group: 0 }],
    groups: [{ name: 'head', learningRate: 0.5, weightDecay: 0 }],
    optimizer,
    seed: 1,
    initial: { values: new Map([['weight', Float32Array.of(1, 2, 3, 4, 5, 6)]]), slots: {} },
  };
}

const request = {
  step: 1,
  batches: [
    { x: floats([1, 2], 1, 2), labels: { dtype: 'i64', shape: [1], data: BigInt64Array.of(2n) } as const },
    { x: floats([1, 2], -1, 0.5), labels: { dtype: 'i64', shape: [1], data: BigInt64Array.of(0n) } as const },
  ],
  lossScale: 0.5,
};

describe('a training session of the onnx engine', () => {
  it('gives loss and gradients and changes nothing', async () => {
    const session = await onnxEngine().openTraining(program(adamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })));
    const before = await session.read();
    const first = await session.gradients(request);
    expect(await session.gradients(request)).toEqual(first);
    expect(await session.read()).toEqual(before);
    const { loss, gradientNorm } = await session.step({ ...request, schedule: 0, maxGradientNorm: undefined });
    expect(loss).toBe(first.loss);
    expect(Math.hypot(...first.gradients.get('weight')!)).toBeCloseTo(gradientNorm, 6);
    await session.close();
  });

  it('trains with any optimizer that is a value', async () => {
    const session = await onnxEngine().openTraining(program(gradientDescent));
    const { gradients } = await session.gradients(request);
    const before = (await session.read()).values.get('weight')!;
    await session.step({ ...request, schedule: 0.5, maxGradientNorm: undefined });
    const { values, slots } = await session.read();
    const expected = before.map((value, i) => value - 0.25 * gradients.get('weight')![i]!);
    for (const [i, value] of values.get('weight')!.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    expect(slots).toEqual({});
    await session.close();
  });
});

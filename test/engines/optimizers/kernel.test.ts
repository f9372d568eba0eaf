import { describe, expect, it } from 'vitest';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import { globalNorm } from '../../../extension/engines/optimizers/clipping.ts';
import { kernelOf, vectorArrays } from '../../../extension/engines/optimizers/kernel.ts';

const lengths = [1, 2, 3, 64, 385];

/** Values, gradient and two moments of several tensors. */
function tensors(arrays: readonly Float32Array[]) {
  return lengths.map((_, t) => {
    const [values, gradient, moment1, moment2] = arrays.slice(4 * t, 4 * t + 4) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let i = 0; i < values.length; i++) values[i] = i % 7 === 0 ? -0 : Math.sin(i + t);
    return { values, gradient, slots: { moment1, moment2 } };
  });
}

/** Bytes of all tensors after a few steps, and the norms of their gradients. */
function trained(arrays: readonly Float32Array[]) {
  const norms: number[] = [];
  for (let step = 1; step <= 4; step++) {
    for (const { gradient } of tensors(arrays)) {
      for (let i = 0; i < gradient.length; i++)
        gradient[i] = i % 5 === 0 ? 0 : Math.cos(i * step) * 10 ** ((i % 60) - 45);
    }
    norms.push(globalNorm(tensors(arrays).map(({ gradient }) => gradient)));
    const update = { step, learningRate: 1e-2, weightDecay: 0.1, gradientFactor: 0.3 };
    for (const { values, gradient, slots } of tensors(arrays)) defaultAdamW.update(values, gradient, slots, update);
  }
  return { norms, bytes: arrays.map((array) => Buffer.from(array.slice().buffer).toString('hex')) };
}

describe('arrays that a kernel works on', () => {
  const asked = lengths.flatMap((length) => Array<number>(4).fill(length));

  it('hold the bits of arrays without one, after steps and in norms', () => {
    const arrays = vectorArrays(asked);
    expect(kernelOf(arrays[0]!, ...arrays)).toBeDefined();
    expect(trained(arrays)).toEqual(trained(asked.map((length) => new Float32Array(length))));
  });

  it('begin as zeros and keep clear of one another', () => {
    const arrays = vectorArrays(asked);
    expect(arrays.map(({ length }) => length)).toEqual(asked);
    for (const array of arrays) {
      expect(array.every((value) => value === 0)).toBe(true);
      array.fill(1);
    }
    expect(trained(arrays.map((array) => array.fill(0)))).toEqual(trained(vectorArrays(asked)));
  });

  it('need no kernel where one memory cannot hold them', () => {
    const arrays = vectorArrays([4, 2 ** 30]);
    expect(kernelOf(arrays[0]!)).toBeUndefined();
    expect(arrays.map(({ length }) => length)).toEqual([4, 2 ** 30]);
    const [own, other] = [vectorArrays([4])[0]!, vectorArrays([4])[0]!];
    expect(kernelOf(own, other)).toBeUndefined();
  });
});

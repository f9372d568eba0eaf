import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adamW } from '../../../extension/engines/optimizers/adamW.ts';
import { clippingFactor, globalNorm } from '../../../extension/engines/optimizers/clipping.ts';

interface GoldenRun {
  readonly lr: number;
  readonly weightDecay: number;
  readonly maxNorm: number | null;
  readonly start: readonly number[][];
  readonly steps: readonly { gradients: readonly number[][]; norm: number | null; values: readonly number[][] }[];
}

const golden: Record<'adamW' | 'adamWDouble', Record<string, GoldenRun>> = JSON.parse(
  readFileSync(new URL('../../golden/optim/optim.json', import.meta.url), 'utf8'),
);

/** Largest difference from the golden values over all steps, relative to the largest value of its tensor. */
function worstDifference({ lr, weightDecay, maxNorm, start, steps }: GoldenRun): number {
  const optimizer = adamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const tensors = start.map((values) => ({
    values: Float32Array.from(values),
    slots: optimizer.init(values.length),
  }));
  let worst = 0;
  steps.forEach(({ gradients, norm, values }, i) => {
    const current = gradients.map((gradient) => Float32Array.from(gradient));
    const found = globalNorm(current);
    if (norm !== null) expect(found / norm).toBeCloseTo(1, 6);
    const gradientFactor = clippingFactor(found, maxNorm ?? undefined);
    const update = { step: i + 1, learningRate: lr, weightDecay, gradientFactor };
    tensors.forEach((tensor, t) => {
      optimizer.update(tensor.values, current[t]!, tensor.slots, update);
      const scale = Math.max(...values[t]!.map(Math.abs));
      for (const [n, value] of values[t]!.entries()) {
        worst = Math.max(worst, Math.abs(tensor.values[n]! - value) / scale);
      }
    });
  });
  return worst;
}

describe('adamW', () => {
  for (const name of Object.keys(golden.adamW)) {
    it(`equals torch.optim.AdamW: ${name}`, () => {
      // Values are stored as f32, which rounds by up to 6e-8 in each of the eight steps; torch's f32 rounds more often.
      expect(worstDifference(golden.adamWDouble[name]!)).toBeLessThan(2e-7);
      expect(worstDifference(golden.adamW[name]!)).toBeLessThan(5e-7);
    });
  }
});

describe('adamW where there is neither gradient nor moment', () => {
  it.each([0, 0.1])('gives the bits of an update by zeros, signed zeros and all, with decay %s', (weightDecay) => {
    const optimizer = adamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const values = Float32Array.from({ length: 300 }, (_, i) => (i % 50 === 0 ? -0 : Math.sin(i)));
    const expected = values.slice();
    for (let step = 1; step <= 3; step++) {
      const update = { step, learningRate: 0.01, weightDecay, gradientFactor: 0.7 };
      optimizer.update(expected, new Float32Array(300), optimizer.init(300), update);
      optimizer.rest(values, update);
      expect(Buffer.from(values.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
    }
  });
});

describe('clipping', () => {
  it('measures every tensor together and sees what is not finite', () => {
    expect(globalNorm([Float32Array.of(3), Float32Array.of(0, 4)])).toBe(5);
    expect(globalNorm([])).toBe(0);
    expect(globalNorm([Float32Array.of(1, Number.NaN)])).toBeNaN();
    expect(globalNorm([Float32Array.of(Number.NEGATIVE_INFINITY)])).toBe(Number.POSITIVE_INFINITY);
    // Squares beyond f32 are no overflow.
    expect(globalNorm([Float32Array.of(3e30, 4e30)]) / 5e30).toBeCloseTo(1, 6);
  });

  it('shrinks gradients that are too long, and does nothing without a limit', () => {
    expect(clippingFactor(10, 1)).toBeCloseTo(0.1, 6);
    expect(clippingFactor(0.5, 1)).toBe(1);
    expect(clippingFactor(10, undefined)).toBe(1);
  });
});

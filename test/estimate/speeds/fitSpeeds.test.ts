import { describe, expect, it } from 'vitest';
import { fitNonNegative } from '../../../extension/estimate/speeds/fitNonNegative.ts';
import { fitSpeeds } from '../../../extension/estimate/speeds/fitSpeeds.ts';
import { type StepWork, workSeconds } from '../../../extension/estimate/speeds/speeds.ts';

describe('fitNonNegative', () => {
  it('finds the coefficients that explain exact measurements, however far apart their sizes are', () => {
    const truth = [5e-12, 2e-5];
    const rows = [
      [1e9, 10],
      [2e9, 400],
      [1e7, 300],
    ];
    const measured = rows.map(([a, b]) => a! * truth[0]! + b! * truth[1]!);
    const [a, b] = fitNonNegative(rows, measured);
    expect(a! / truth[0]!).toBeCloseTo(1, 9);
    expect(b! / truth[1]!).toBeCloseTo(1, 9);
  });

  it('takes zero where the best coefficient were negative, and for what nothing measures', () => {
    const rows = [
      [1, 0, 0],
      [1, 1, 0],
      [1, 2, 0],
    ];
    const [constant, slope, unseen] = fitNonNegative(rows, [3, 2, 1]);
    expect([slope, unseen]).toEqual([0, 0]);
    expect(constant).toBeGreaterThan(1);
    expect(constant).toBeLessThan(3);
  });

  it('weighs relative errors: a long measurement says no more than a short one', () => {
    const [speed] = fitNonNegative([[1], [100]], [1, 200]);
    // Σ (c/1 − 1)² + (100c/200 − 1)² is least at c = 1.2.
    expect(speed).toBeCloseTo(1.2, 9);
  });
});

describe('fitSpeeds', () => {
  const truth = { product: 5e-12, int8Product: 1e-12, move: 8e-11, kernel: 6e-6, tune: 9e-9 };
  const step = (more: Partial<StepWork>): StepWork => {
    return { products: 1e9, int8Products: 0, batched: 1e7, moved: 1e7, kernels: 300, tuned: 1e4, ...more };
  };
  const works = [
    step({}),
    step({ products: 1e8, moved: 1e8 }),
    step({ products: 1e7, kernels: 900 }),
    step({ tuned: 4e6 }),
    step({ products: 4e9 }),
    step({ products: 0, int8Products: 3e9 }),
    step({ products: 1e8, int8Products: 1e10 }),
  ];

  it('gives back the speeds that steps were made from', () => {
    const fitted = fitSpeeds(works.map((work) => ({ work, seconds: workSeconds(work, truth) })));
    for (const [name, value] of Object.entries(truth))
      expect(fitted[name as keyof typeof truth] / value).toBeCloseTo(1, 6);
  });

  it('does not believe that products in bytes take no time', () => {
    const seconds = (work: StepWork) => workSeconds({ ...work, int8Products: 0 }, truth);
    const fitted = fitSpeeds(works.map((work) => ({ work, seconds: seconds(work) })));
    expect(fitted.int8Product).toBeCloseTo(fitted.product / 10, 18);
  });
});

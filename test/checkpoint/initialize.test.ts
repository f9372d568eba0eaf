import { describe, expect, it } from 'vitest';
import { initialValues } from '../../extension/checkpoint/initialize.ts';

const spec = { name: 'classifier.weight', shape: [100, 200] };
const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
};

describe('initialValues', () => {
  it('fills with zeros or ones', () => {
    expect(new Set(initialValues(spec, { kind: 'zeros' }, 1))).toEqual(new Set([0]));
    expect(new Set(initialValues(spec, { kind: 'ones' }, 1))).toEqual(new Set([1]));
  });

  it('draws normal values of the given deviation', () => {
    const { mean, deviation } = moments(initialValues(spec, { kind: 'normal', deviation: 0.02 }, 1));
    expect(Math.abs(mean)).toBeLessThan(0.0006);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.0005);
  });

  it('draws uniform values within the bound', () => {
    const values = initialValues(spec, { kind: 'uniform', bound: 0.5 }, 1);
    expect(values.every((value) => Math.abs(value) <= 0.5)).toBe(true);
    expect(Math.abs(moments(values).deviation - 1 / Math.sqrt(12))).toBeLessThan(0.005);
  });

  it('depends on the seed and the name alone', () => {
    const normal = { kind: 'normal', deviation: 1 } as const;
    const values = initialValues(spec, normal, 1);
    expect(initialValues(spec, normal, 1)).toEqual(values);
    expect(initialValues(spec, normal, 2)).not.toEqual(values);
    expect(initialValues({ ...spec, name: 'pooler.dense.weight' }, normal, 1)).not.toEqual(values);
  });
});

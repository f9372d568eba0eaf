import { describe, expect, it } from 'vitest';
import { meanAndDeviation, real, table } from '../../../extension/cli/output/format.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.83721, '0.8372'],
    [-12.3456, '-12.35'],
    [1234.5, '1,235'],
    [0.00002, '2.00e-5'],
    [Number.NaN, 'NaN'],
  ])('%d reads %s', (value, text) => {
    expect(real(value)).toBe(text);
  });

  it('are summed up as mean and sample standard deviation', () => {
    expect(meanAndDeviation([])).toBe('–');
    expect(meanAndDeviation([0.8])).toBe('0.8000');
    // (0.01² + 0² + 0.01²) / 2 = 0.01²
    expect(meanAndDeviation([0.81, 0.82, 0.83])).toBe('0.8200 ± 0.0100');
    expect(meanAndDeviation([-1, 1])).toBe('0 ± 1.414');
    expect(meanAndDeviation([1e-5, 3e-5])).toBe('2.00e-5 ± 1.41e-5');
    expect(meanAndDeviation([1000, 3000])).toBe('2,000 ± 1414');
  });
});

describe('table', () => {
  it('aligns numbers right and words left', () => {
    expect(
      table(
        ['methods', 'tunable'],
        [
          ['ln-tuning', '38,400'],
          ['head-only', '0'],
        ],
      ),
    ).toBe(['methods    tunable', '──────────────────', 'ln-tuning   38,400', 'head-only        0', ''].join('\n'));
  });
});

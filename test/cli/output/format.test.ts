import { describe, expect, it } from 'vitest';
import { meanText, metricText, real, table } from '../../../extension/cli/output/format.ts';

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

  it('write metrics by what they measure, one digit longer than on the page', () => {
    expect(metricText('accuracy', 0.83721)).toBe('83.72\u202f%');
    expect(metricText('test_entity_f1', 1)).toBe('100.00\u202f%');
    expect(metricText('matthews', -0.5)).toBe('−0.5000');
    expect(metricText('loss', 0.38912)).toBe('0.3891');
    expect(metricText('perplexity', 1834.2)).toBe('1,834');
    expect(metricText('accuracy', undefined)).toBe('–');
  });

  it('are summed up as mean and sample standard deviation, with the unit behind both', () => {
    expect(meanText('accuracy', [])).toBe('–');
    expect(meanText('accuracy', [0.8])).toBe('80.00\u202f%');
    // (0.01² + 0² + 0.01²) / 2 = 0.01²
    expect(meanText('accuracy', [0.81, 0.82, 0.83])).toBe('82.00 ± 1.00\u202f%');
    expect(meanText('loss', [0.17, 0.18, 0.19])).toBe('0.1800 ± 0.0100');
    expect(meanText('matthews', [-1, 1])).toBe('0.0000 ± 1.4142');
    expect(meanText('loss', [1e-5, 3e-5])).toBe('2e−5 ± 1.414e−5');
    expect(meanText('perplexity', [1000, 3000])).toBe('2,000 ± 1,414');
    expect(meanText('loss', [Number.NaN, 1])).toBe('NaN');
  });
});

describe('table', () => {
  it('aligns percents and negative values right', () => {
    const rows = [
      ['−0.5000', '8.10 %'],
      ['0.2500', '83.72 %'],
    ].map((row) => row.map((text) => text.replace(' ', '\u202f')));
    expect(table(['matthews', 'accuracy'], rows).split('\n').slice(2)).toEqual([
      ' −0.5000    8.10\u202f%',
      '  0.2500   83.72\u202f%',
      '',
    ]);
  });

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

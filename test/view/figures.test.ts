import { describe, expect, it } from 'vitest';
import { metricOf } from '../../extension/metrics/registry.ts';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDifference,
  formatDuration,
  formatMetric,
  formatPercent,
  formatQuantity,
  formatSignificant,
  formatSpeed,
  headingOf,
  shortMetric,
} from '../../extension/view/figures.ts';

const thin = '\u202f';

describe('figures', () => {
  it.each([
    [0.38912, '0.389'],
    [12.4321, '12.4'],
    [1834.2, '1,830'],
    [0.0000312, '3.12e−5'],
    [0, '0'],
    [-0.5, '−0.500'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [2.5e12, '2.5e12'],
    [999.7, '1,000'],
    [-999.96, '−1,000'],
    [0.00099996, '0.00100'],
    [999_999_999, '1e9'],
  ])('loss %d reads %s', (value, text) => expect(formatSignificant(value)).toBe(text));

  it('writes a speed in tokens a second, with its unit', () => expect(formatSpeed(2499.6)).toBe('2,500 tokens/s'));

  it.each([
    [83.42, `83.4${thin}%`],
    [100, `100.0${thin}%`],
    [0.0442, `0.044${thin}%`],
    [0, `0${thin}%`],
    [0.00001, `< 0.0001${thin}%`],
    [Number.NaN, 'NaN'],
  ])('percent %d reads %s', (value, text) => expect(formatPercent(value)).toBe(text));

  it.each([
    [0.42, `0.4${thin}s`],
    [9.96, `10${thin}s`],
    [59.6, '1m 00s'],
    [80, '1m 20s'],
    [3600 * 2 + 300, '2h 05m'],
    [3600 * 24 * 3 + 3600 * 4, '3d 04h'],
    [-16, `−16${thin}s`],
    [-0.03, `0${thin}s`],
  ])('%d seconds read %s', (value, text) => expect(formatDuration(value)).toBe(text));

  it.each([
    [41, '0:41'],
    [724, '12:04'],
    [3723, '1:02:03'],
    [-5, '0:00'],
  ])('%d seconds left read %s', (value, text) => expect(formatClock(value)).toBe(text));

  it.each([
    [517e6, `517${thin}MB`],
    [2.13e9, `2.1${thin}GB`],
    [999.9e6, `1.0${thin}GB`],
    [12, `12${thin}B`],
  ])('%d bytes read %s', (value, text) => expect(formatBytes(value)).toBe(text));

  it('write counts with separators and differences with their sign', () => {
    expect(formatCount(148610)).toBe('148,610');
    expect(formatDifference(0.008, 'share')).toBe('+0.8');
    expect(formatDifference(-0.0212, 'plain')).toBe('−0.0212');
    expect(formatDifference(0, 'count')).toBe('0');
    expect([0.0004, -0.0004].map((value) => formatDifference(value, 'share'))).toEqual(['0.0', '0.0']);
    expect(formatDifference(-0.0004, 'score')).toBe('0.000');
    for (const [value, quantity] of [
      [0.03, 'seconds'],
      [0.4, 'bytes'],
      [0.2, 'rate'],
    ] as const)
      for (const sign of [1, -1]) expect(formatDifference(sign * value, quantity)).toMatch(/^0(\D|$)/);
    expect(formatDifference(-0.3, 'seconds')).toBe(`−0.3${thin}s`);
    expect(formatDifference(Number.POSITIVE_INFINITY, 'plain')).toBe('+∞');
    expect(formatSignificant(150, 2)).toBe('150');
  });

  it('write a metric by what it measures', () => {
    const written = (name: string, value: number) =>
      `${headingOf(name)} ${formatQuantity(value, metricOf(name).quantity)}`;
    expect(
      ['entity_f1', 'entity_precision', 'test_entity_recall', 'macro_f1', 'accuracy'].map((name) =>
        written(name, 0.797),
      ),
    ).toEqual([
      `Entity F1 79.7${thin}%`,
      `Entity precision 79.7${thin}%`,
      `Test entity recall 79.7${thin}%`,
      `Macro F1 79.7${thin}%`,
      `Accuracy 79.7${thin}%`,
    ]);
    expect(shortMetric('accuracy', 0.8412)).toBe('acc 84.1');
    expect(formatMetric('accuracy', 0.83721)).toBe(`83.7${thin}%`);
    expect(formatMetric('accuracy', 0.83721, 1)).toBe(`83.72${thin}%`);
    expect(formatMetric('matthews', 0.38912, 1)).toBe('0.3891');
    expect(shortMetric('loss', 0.38912)).toBe('loss 0.389');
    expect(written('matthews', 0.5)).toBe('Matthews correlation 0.500');
    expect(written('perplexity', 12.4321)).toBe('Perplexity 12.4');
    expect(written('gpu_memory_bytes', 517e6)).toBe(`GPU memory 517${thin}MB`);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Metric, valueRange } from '../../extension/metrics/metric.ts';
import { hasRightRows, isLowerBetter, metricOf, metrics } from '../../extension/metrics/registry.ts';
import { formatQuantity, headingOf, shortMetric } from '../../extension/view/figures.ts';

const docs = readFileSync('docs/tasks.md', 'utf8');

describe.each(metrics.map((metric) => [metric.name, metric] as const))('%s', (name, metric: Metric) => {
  it('is found by its name, and documented with its title, direction and definition', () => {
    expect(metrics.filter((other) => other.name === name)).toHaveLength(1);
    expect(metricOf(name)).toMatchObject({ title: metric.title, short: metric.short, quantity: metric.quantity });
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))!;
    expect(row).toBe(
      `| \`${name}\` | ${metric.title} | ${metric.direction ?? ''} | ${metric.definition.replaceAll('|', '\\|')} |`,
    );
  });

  it('is written in lists, tables and tooltips by its quantity', () => {
    const units = { share: /^50\.0\u202f%$/, score: /^0\.500$/, plain: /^0\.50*$/, bytes: /B$/, seconds: /s$/ };
    expect(formatQuantity(0.5, metric.quantity)).toMatch(units[metric.quantity]);
    expect(headingOf(name).toLowerCase()).toBe(metric.title.toLowerCase());
    expect(shortMetric(name, 0.5)).toContain(metric.short);
  });
});

describe('the registry of metrics', () => {
  it('says of each metric which end is good', () => {
    expect(['loss', 'perplexity', 'mse', 'gpu_memory_bytes'].map(isLowerBetter)).toEqual([true, true, true, true]);
    expect(['accuracy', 'macro_f1', 'matthews', 'spearman', 'entity_recall'].some(isLowerBetter)).toBe(false);
    expect(metricOf('gpu_power_watts').direction).toBeNull();
  });

  it('writes correlations as scores and what is a share of something in percent', () => {
    expect(['matthews', 'pearson', 'spearman'].map((name) => metricOf(name).quantity)).toEqual(Array(3).fill('score'));
    const shares = ['accuracy', 'macro_f1', 'micro_f1', 'entity_f1', 'entity_precision', 'entity_recall'];
    expect(new Set(shares.map((name) => metricOf(name).quantity))).toEqual(new Set(['share']));
  });

  it('knows beside which metrics a row is right or wrong', () => {
    const judged = ['accuracy', 'macro_f1', 'matthews', 'entity_f1', 'loss', 'somebodys_metric'];
    expect(judged.filter((name) => !hasRightRows(name))).toEqual([]);
    expect(['pearson', 'spearman', 'mse', 'perplexity', 'bleu', 'rougeL'].filter(hasRightRows)).toEqual([]);
  });

  it('knows the values that each metric can have', () => {
    const rangeOf = (name: string) => Object.values(valueRange(metricOf(name)));
    expect(['test_accuracy', 'matthews', 'bleu', 'perplexity', 'mse'].map(rangeOf)).toEqual([
      [0, 1],
      [-1, 1],
      [0, 100],
      [1, Number.POSITIVE_INFINITY],
      [0, Number.POSITIVE_INFINITY],
    ]);
  });

  it('takes a name of the test split or of another program for what it ends in', () => {
    expect(metricOf('test_mse')).toEqual({
      name: 'test_mse',
      title: 'test mean squared error',
      short: 'test mse',
      direction: 'lower',
      quantity: 'plain',
      range: { low: 0, high: Number.POSITIVE_INFINITY },
    });
    expect(metricOf('sentiment_accuracy')).toMatchObject({ direction: 'higher', quantity: 'share' });
    expect(metricOf('eval_entity_f1')).toMatchObject({ title: 'eval entity F1', quantity: 'share' });
    expect(metricOf('weighted_f1')).toMatchObject({ title: 'weighted F1', direction: 'higher', quantity: 'share' });
    expect(['train_loss', 'rmse', 'word_error', 'eval_seconds'].map(isLowerBetter)).toEqual([true, true, true, true]);
  });

  it('takes a name it cannot tell for a plain number of which more is better', () => {
    for (const name of [
      'sentiment',
      'bleu_4',
      'lossless',
      'times',
      '',
      '__proto__',
      'constructor',
      '_'.repeat(50_000),
    ]) {
      expect(metricOf(name)).toMatchObject({ name, direction: 'higher', quantity: 'plain' });
    }
  });
});

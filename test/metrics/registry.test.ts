import { describe, expect, it } from 'vitest';
import { isLowerBetter, metricOf, metrics } from '../../extension/metrics/registry.ts';

const computed = metrics.filter((metric) => 'compute' in metric).map(({ name }) => name);

describe('the registry of metrics', () => {
  it('says of each metric which end is good', () => {
    expect(['loss', 'perplexity', 'mse', 'gpu_memory_bytes'].map(isLowerBetter)).toEqual([true, true, true, true]);
    expect(computed.filter(isLowerBetter).sort()).toEqual(['mse', 'perplexity']);
    expect(metricOf('gpu_power_watts').direction).toBeNull();
  });

  it('writes every share of a task as one', () => {
    const shares = computed.filter((name) => metricOf(name).quantity === 'share');
    expect(new Set(shares)).toEqual(
      new Set(['accuracy', 'macro_f1', 'micro_f1', 'entity_f1', 'entity_precision', 'entity_recall']),
    );
  });

  it('takes a name of the test split or of another program for what it ends in', () => {
    expect(metricOf('test_mse')).toEqual({
      name: 'test_mse',
      title: 'test mean squared error',
      short: 'test mse',
      direction: 'lower',
      quantity: 'plain',
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

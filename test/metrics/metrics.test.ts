import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../../extension/metrics/confusionMatrix.ts';
import { measure } from '../../extension/metrics/registry.ts';
import { countSpans, entitiesOf } from '../../extension/metrics/spans.ts';
import { tagSchemeOf } from '../../extension/metrics/tagScheme.ts';
import golden from '../golden/metrics/metrics.json' with { type: 'json' };

const close = (value: number | undefined, expected: number | null, name = '') => {
  if (expected === null) expect(value, name).toBeNaN();
  else expect(value, name).toBeCloseTo(expected, 12);
};

describe('classes, as scikit-learn counts', () => {
  it.each(golden.classification)('$name', (one) => {
    const matrix = new ConfusionMatrix(one.classes);
    for (const [i, truth] of one.truth.entries()) matrix.add(truth, one.predicted[i]!);
    const metrics = new Map<string, number>(Object.entries(measure('classes', matrix)));
    expect([...metrics.keys()].sort()).toEqual(Object.keys(one.metrics).sort());
    for (const [name, value] of Object.entries(one.metrics)) close(metrics.get(name), value, name);
    expect(matrix.rows()).toEqual(one.confusion);
    for (const [i, score] of matrix.scores.entries()) {
      close(score.precision, one.precision[i]!);
      close(score.recall, one.recall[i]!);
      close(score.f1, one.f1[i]!);
      expect(score.support).toBe(one.support[i]);
    }
  });

  it('takes memory for the pairs that occur alone', () => {
    const matrix = new ConfusionMatrix(1e6);
    for (const predicted of [7, 7, 999_999, undefined]) matrix.add(7, predicted);
    expect(matrix.cells()).toEqual([
      [7, 7, 2],
      [7, 999_999, 1],
    ]);
    expect([matrix.total, matrix.hits, matrix.scores[7]!.support, matrix.scores[999_999]!.predicted]).toEqual([
      4, 2, 4, 1,
    ]);
  });

  it('has no value for no items', () => {
    for (const value of Object.values(measure('classes', new ConfusionMatrix(2)))) expect(value).toBeNaN();
  });
});

describe('numbers, as SciPy counts', () => {
  it.each(golden.regression)('$name', ({ x, y, metrics }) => {
    const got = measure('numbers', { predicted: x, truth: y });
    close(got.pearson, metrics.pearson);
    close(got.spearman, metrics.spearman);
    close(got.mse! / metrics.mse, 1);
  });
});

describe('entities, as seqeval counts', () => {
  it.each(golden.entities)('$name', ({ labels, truth, predicted, entities, metrics }) => {
    const scheme = tagSchemeOf(labels)!;
    expect(entitiesOf(predicted, scheme).map(({ type, start, end }) => [type, start, end])).toEqual(entities);
    const got = new Map<string, number>(Object.entries(measure('spans', countSpans(truth, predicted, scheme))));
    expect([...got.keys()].sort()).toEqual(Object.keys(metrics).sort());
    for (const [name, value] of Object.entries(metrics)) close(got.get(name), value, name);
  });
});

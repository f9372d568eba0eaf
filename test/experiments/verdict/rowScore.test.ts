import { describe, expect, it } from 'vitest';
import { rowScore } from '../../../extension/experiments/verdict/rowScore.ts';
import { ConfusionMatrix } from '../../../extension/metrics/confusionMatrix.ts';
import { measure } from '../../../extension/metrics/registry.ts';
import { Random } from '../../../extension/numbers/random.ts';

const random = new Random(4);
const counts = Array.from({ length: 30 }, () => random.nextInt(4));
const rowsOf = (make: () => readonly number[]) => Array.from({ length: 30 }, make);

describe('a metric over rows with weights', () => {
  it('is that of an evaluation which meets each row as often', () => {
    const rows = rowsOf(() => [random.nextInt(3), random.nextInt(4)]);
    const matrix = new ConfusionMatrix(5);
    rows.forEach(([label, predicted], row) => {
      for (let i = 0; i < counts[row]!; i++) matrix.add(label!, predicted);
    });
    for (const [name, value] of Object.entries(measure('classes', matrix))) {
      const score = rowScore(name, 'classes')!;
      expect(score({ width: 2, values: rows.flat() }, counts)).toBeCloseTo(value, 12);
    }
  });

  it('takes numbers and counts of spans too', () => {
    const numbers = rowsOf(() => [random.nextFloat(), random.nextFloat()]);
    const met = numbers.flatMap((row, i) => new Array<readonly number[]>(counts[i]!).fill(row));
    const truth = met.map(([one]) => one!);
    const predicted = met.map(([, other]) => other!);
    const expected = measure('numbers', { truth, predicted });
    for (const name of ['pearson', 'mse'] as const) {
      expect(rowScore(name, 'numbers')!({ width: 2, values: numbers.flat() }, counts)).toBeCloseTo(expected[name]!, 12);
    }
    const spans = { width: 5, values: [3, 2, 1, 10, 8, 1, 1, 1, 5, 5] };
    const doubled = { expected: 7, predicted: 5, hits: 3, tags: 25, rightTags: 21 };
    for (const [name, value] of Object.entries(measure('spans', doubled))) {
      expect(rowScore(name, 'spans')!(spans, [2, 1])).toBeCloseTo(value, 12);
    }
  });

  it('is none where rows do not make it up, or sorting would take too long', () => {
    expect(rowScore('perplexity', 'classes')).toBeUndefined();
    expect(rowScore('entity_f1', 'classes')).toBeUndefined();
    expect(rowScore('spearman', 'numbers')).toBeUndefined();
    expect(rowScore('nothing', 'classes')).toBeUndefined();
  });
});

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
    const values = rows.flat();
    const others = rows.flatMap(([label]) => [label!, 2]);
    const renamed = rows.flatMap(([label, predicted]) => [3 - label!, 3 - predicted!]);
    for (const [name, value] of Object.entries(measure('classes', matrix))) {
      const score = rowScore(name, 'classes')!;
      const close = expect.closeTo(value, 12);
      expect(score([{ width: 2, values }])(counts)).toEqual([close]);
      // What runs have in common is counted once, and each keeps what is its own.
      const [first, , third] = score([values, others, renamed].map((values) => ({ width: 2, values })))(counts);
      expect([first, third]).toEqual([close, close]);
    }
  });

  it('takes numbers and counts of spans too', () => {
    const numbers = rowsOf(() => [random.nextFloat(), random.nextFloat()]);
    const met = numbers.flatMap((row, i) => new Array<readonly number[]>(counts[i]!).fill(row));
    const truth = met.map(([one]) => one!);
    const predicted = met.map(([, other]) => other!);
    const expected = measure('numbers', { truth, predicted });
    for (const name of ['pearson', 'mse'] as const) {
      const other = { width: 2, values: numbers.flatMap(([label]) => [label!, 1 - label!]) };
      const [value] = rowScore(name, 'numbers')!([{ width: 2, values: numbers.flat() }, other])(counts);
      expect(value).toBeCloseTo(expected[name]!, 12);
    }
    const spans = { width: 5, values: [3, 2, 1, 10, 8, 1, 1, 1, 5, 5] };
    const doubled = { expected: 7, predicted: 5, hits: 3, tags: 25, rightTags: 21 };
    for (const [name, value] of Object.entries(measure('spans', doubled))) {
      const perfect = { width: 5, values: [3, 3, 3, 10, 10, 1, 1, 1, 5, 5] };
      const [first, second] = rowScore(name, 'spans')!([perfect, spans])([2, 1]);
      expect([first, second]).toEqual([1, expect.closeTo(value, 12)]);
    }
  });

  it('loses no digits to numbers far from zero, and has no correlation where one side is constant', () => {
    const near = rowsOf(() => [random.nextFloat(), random.nextFloat()]);
    const run = {
      width: 2,
      values: near.flatMap(([label, predicted]) => [label! * 1e-3 + 700, predicted! * 1e-4 - 50]),
    };
    const met = counts.flatMap((count, i) => new Array<number>(count).fill(i));
    const columns = [0, 1].map((at) => met.map((row) => run.values[2 * row + at]!));
    const expected = measure('numbers', { truth: columns[0]!, predicted: columns[1]! });
    const score = (name: 'pearson' | 'mse', values: readonly number[], weights = counts): number =>
      rowScore(name, 'numbers')!([{ width: 2, values }])(weights)[0]!;
    expect(score('pearson', run.values)).toBeCloseTo(expected.pearson!, 9);
    expect(score('mse', run.values) / expected.mse!).toBeCloseTo(1, 12);
    const constant = near.flatMap(([label]) => [label!, 0.3]);
    expect(score('pearson', constant)).toBeNaN();
    // Only one row is drawn, again and again.
    expect(
      score(
        'pearson',
        run.values,
        counts.map((_, row) => (row === 11 ? 30 : 0)),
      ),
    ).toBeNaN();
  });

  it('is none where rows do not make it up, or it needs them ranked', () => {
    expect(rowScore('perplexity', 'classes')).toBeUndefined();
    expect(rowScore('entity_f1', 'classes')).toBeUndefined();
    expect(rowScore('spearman', 'numbers')).toBeUndefined();
    expect(rowScore('nothing', 'classes')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { epochBatches } from '../../../extension/data/batches/batches.ts';
import { evaluationShapes, trainingShapes } from '../../../extension/data/batches/batchShapes.ts';

const sample = Array.from({ length: 1000 }, (_, i) => 4 + ((i * 37) % 41));
/** Every fourth token of a row. */
const labelled = sample.map((length) => Math.floor(length / 4));
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe('batch shapes', () => {
  it('are those of the very batches that a run makes', () => {
    const { shapes, tokens, paddedTokens, longest } = trainingShapes(
      { rows: 1000, sample, labelled },
      { batchSize: 16, seed: 7, lengthWindow: 8 },
    );
    const options = { batchSize: 16, seed: 7, lengthWindow: 8, epoch: 0 };
    const batches = epochBatches([...sample.keys()], (row) => sample[row]!, options);
    const padded = batches.map((rows) => rows.length * Math.max(...rows.map((row) => sample[row]!)));
    expect({ tokens, paddedTokens, longest }).toEqual({
      tokens: total(sample),
      paddedTokens: total(padded),
      longest: 44,
    });
    expect(total(shapes.map(({ count }) => count))).toBe(batches.length);
    expect(total(shapes.map((shape) => shape.labelled * shape.count))).toBeCloseTo(total(labelled), 6);
    expect(shapes.find(({ rows }) => rows === 1000 % 16)?.count).toBe(1);
  });

  it('gives evaluations the least padding', () => {
    const training = trainingShapes({ rows: 1000, sample, labelled }, { batchSize: 16, seed: 7, lengthWindow: 8 });
    const evaluation = evaluationShapes({ rows: 1000, sample, labelled }, 16);
    expect(evaluation.tokens).toBe(training.tokens);
    expect(evaluation.paddedTokens).toBeLessThanOrEqual(training.paddedTokens);
  });

  it('scales shapes up to more rows than are planned one by one', () => {
    const { tokens, shapes } = trainingShapes(
      { rows: 5_000_000, sample, labelled },
      { batchSize: 16, seed: 7, lengthWindow: 8 },
    );
    expect(tokens / (5000 * total(sample))).toBeCloseTo(1, 9);
    expect(total(shapes.map(({ count }) => count)) / (5_000_000 / 16)).toBeCloseTo(1, 2);
  });
});

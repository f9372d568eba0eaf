import { describe, expect, it } from 'vitest';
import { dividedBatch, dividedRows, tokensAtOnce } from '../../../extension/data/batches/divideBatch.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { openDecoder } from '../../support/goldenDecoders.ts';

describe('a batch that is divided', () => {
  it.each([
    [[5, 3, 8], 100, [[8, 5, 3]]],
    [[5, 3, 8], 24, [[8, 5, 3]]],
    [[5, 3, 8], 23, [[8, 5], [3]]],
    [[5, 3, 8, 8, 1], 16, [[8, 8], [5, 3], [1]]],
    [[50, 30, 80], 10, [[80], [50], [30]]],
  ])('has parts of rows of similar length: %j of %i tokens at most', (lengths, most, expected) => {
    expect(dividedRows(lengths, (length) => length, most)).toEqual(expected);
  });

  it('has the loss and gradients of the whole', async () => {
    const { session, batch, examples, dimensions, tuning } = await openDecoder(
      'llama',
      'unified: {length: 3, prefix: {init: random}}',
      onnxEngine('cpu'),
    );
    const whole = { rows: examples.map(({ index }) => index), examples };
    const longest = Math.max(...examples.map(({ inputIds }) => inputIds.length));
    const parts = dividedBatch(whole, longest);
    expect(parts.length).toBe(examples.length);
    expect(parts.flatMap(({ rows }) => rows).sort()).toEqual(whole.rows);
    for (const part of parts) for (const [i, row] of part.rows.entries()) expect(part.examples[i]).toBe(examples[row]);
    const lossScale = 1 / batch().labelledItems;
    const gradients = (batches: readonly (typeof whole)[]) =>
      session.gradients({ step: 1, batches: batches.map(({ examples }) => batch([...examples]).feeds), lossScale });
    const [a, b] = [await gradients([whole]), await gradients(parts as (typeof whole)[])];
    await session.close();
    expect(b.loss).toBeCloseTo(a.loss, 6);
    for (const [name, expected] of a.gradients) {
      const found = b.gradients.get(name)!;
      const largest = Math.max(...expected.map(Math.abs));
      expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!))), name).toBeLessThan(1e-5 * largest);
    }
    expect(tokensAtOnce(dimensions, tuning.graphs.training)).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

import { describe, expect, it } from 'vitest';
import { DenseGradient } from '../../../extension/engines/gradients/denseGradient.ts';
import type { HostGradient } from '../../../extension/engines/gradients/hostGradient.ts';
import { RowGradient } from '../../../extension/engines/gradients/rowGradient.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import { globalNorm } from '../../../extension/engines/optimizers/clipping.ts';
import { Random } from '../../../extension/numbers/random.ts';

const [rows, width] = [40, 6];

/** Row numbers of one micro-batch, some of them twice, and a gradient for each. */
function read(step: number, microBatch: number) {
  const random = new Random(step, 'rows', microBatch);
  const ids = BigInt64Array.from({ length: 9 }, () => BigInt(random.nextInt(3 * step)));
  const numbers = Float32Array.from({ length: ids.length * width }, () => random.nextNormal());
  return { ids, numbers };
}

/** A table in training, its gradient in rows or whole. */
function table(gradient: HostGradient, give: (found: ReturnType<typeof read>, microBatch: number) => void) {
  const tuned = {
    values: Float32Array.from({ length: rows * width }, (_, i) => (i % 50 === 0 ? -0 : Math.sin(i))),
    slots: defaultAdamW.init(rows * width),
  };
  return {
    tuned,
    gradient,
    step(step: number, weightDecay: number, microBatches: number) {
      for (let i = 0; i < microBatches; i++) {
        give(read(step, i), i);
        gradient.take(i, microBatches);
      }
      gradient.apply(defaultAdamW, tuned, { step, learningRate: 0.01, weightDecay, gradientFactor: 0.7 });
    },
  };
}

function tableByRows() {
  const gradient = new RowGradient(rows, new Float32Array(width));
  return table(gradient, ({ ids, numbers }, microBatch) => gradient.add(ids, numbers, microBatch));
}

/** The same with every row in the gradient, summed in the same order. */
function wholeTable() {
  const gradient = new DenseGradient(new Float32Array(rows * width));
  return table(gradient, ({ ids, numbers }) => {
    gradient.data.fill(0);
    for (const [i, id] of ids.entries()) {
      for (let d = 0; d < width; d++) gradient.data[Number(id) * width + d]! += numbers[i * width + d]!;
    }
  });
}

const bytes = ({ tuned: { values, slots } }: ReturnType<typeof table>) =>
  [values, slots.moment1!, slots.moment2!].map(({ buffer }) => Buffer.from(buffer).toString('hex'));

describe('the gradient of a table by rows', () => {
  it.each([0, 0.1])('gives values and moments of the whole gradient to the bit, with decay %s', (decay) => {
    const [byRows, whole] = [tableByRows(), wholeTable()];
    for (let step = 1; step <= 9; step++) {
      byRows.step(step, decay, 1);
      whole.step(step, decay, 1);
      expect(byRows.gradient.whole()).toEqual(whole.gradient.whole());
      expect(globalNorm(byRows.gradient.parts())).toBeCloseTo(globalNorm(whole.gradient.parts()), 10);
      expect(bytes(byRows)).toEqual(bytes(whole));
    }
  });

  it('adds up micro-batches', () => {
    const [byRows, whole] = [tableByRows(), wholeTable()];
    for (let step = 1; step <= 3; step++) {
      byRows.step(step, 0, 3);
      whole.step(step, 0, 3);
      for (const [i, value] of whole.gradient.whole().entries())
        expect(byRows.gradient.whole()[i]).toBeCloseTo(value, 5);
    }
  });

  it('goes on to the bit from moments that were written over', () => {
    const [first, second, whole] = [tableByRows(), tableByRows(), tableByRows()];
    for (let step = 1; step <= 8; step++) whole.step(step, 0.1, 2);
    for (let step = 1; step <= 4; step++) first.step(step, 0.1, 2);
    // Of other rows, which must be forgotten.
    second.step(13, 0.1, 1);
    second.tuned.values.set(first.tuned.values);
    for (const [slot, of] of Object.entries(first.tuned.slots)) second.tuned.slots[slot]!.set(of);
    second.gradient.restored(second.tuned.slots);
    for (let step = 5; step <= 8; step++) second.step(step, 0.1, 2);
    expect(bytes(second)).toEqual(bytes(whole));
  });

  it('holds no more sums than rows were read', () => {
    const { gradient, step } = tableByRows();
    step(5, 0, 2);
    const seen = new Set([0, 1].flatMap((microBatch) => [...read(5, microBatch).ids]));
    expect([...gradient.parts()]).toHaveLength(seen.size);
  });
});

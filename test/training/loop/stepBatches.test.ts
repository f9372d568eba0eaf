import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../extension/tasks/task.ts';
import { lossScale } from '../../../extension/training/loop/lossScale.ts';
import { advance, StepBatches } from '../../../extension/training/loop/stepBatches.ts';

function source(batchesPerEpoch: number) {
  const made: string[] = [];
  const batchAt = async (epoch: number, index: number): Promise<Batch> => {
    made.push(`${epoch}.${index}`);
    return { examples: [], feeds: {}, tokens: index, labelledItems: 1 };
  };
  const epoch = (number: number) => ({ parts: async (index: number) => [await batchAt(number, index)] });
  return { made, training: { batchesPerEpoch, epoch } };
}

describe('StepBatches', () => {
  it('cuts an epoch into steps, the last one shorter', async () => {
    const { made, training } = source(3);
    const batches = new StepBatches(training, 2, undefined);
    expect(await batches.at({ epoch: 0, batchesDone: 0 })).toMatchObject({ batches: 2, parts: { length: 2 } });
    expect(await batches.at({ epoch: 0, batchesDone: 2 })).toMatchObject({ batches: 1, parts: { length: 1 } });
    expect(made).toEqual(['0.0', '0.1', '0.2']);
  });

  it('makes nothing ahead for an engine that computes in this process', async () => {
    const { made, training } = source(3);
    const batches = new StepBatches(training, 1);
    batches.makeAhead({ epoch: 0, batchesDone: 1 });
    await batches.close();
    expect(made).toEqual([]);
  });

  it('makes batches anew when another step is asked for than was made ahead', async () => {
    const { made, training } = source(3);
    const batches = new StepBatches(training, 1, { stage: () => {} });
    batches.makeAhead({ epoch: 0, batchesDone: 1 });
    expect((await batches.at({ epoch: 1, batchesDone: 0 })).parts[0]!.tokens).toBe(0);
    expect(made).toEqual(['0.1', '1.0']);
  });
});

describe('a position', () => {
  it('moves on within an epoch, and to the next one at its end', () => {
    expect(advance({ epoch: 1, batchesDone: 0 }, 2, 3)).toEqual({ epoch: 1, batchesDone: 2 });
    expect(advance({ epoch: 1, batchesDone: 2 }, 1, 3)).toEqual({ epoch: 2, batchesDone: 0 });
  });
});

describe('lossScale', () => {
  it('is one over all labelled items of a step, and zero where there are none', () => {
    expect(lossScale([{ labelledItems: 3 }, { labelledItems: 5 }])).toBe(1 / 8);
    expect(lossScale([{ labelledItems: 0 }])).toBe(0);
  });
});

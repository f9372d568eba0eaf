import { expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../../extension/training/loop/trainingCheckpoint.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const state = {
  ...{ step: 3, epoch: 0, batchesDone: 3, tokens: 9, elapsedSeconds: 1 },
  ...{ best: null, staleEvaluations: 0, evaluatedStep: 0 },
};

it.each([{ parts: 2, lossScale: 2 ** 17 }, undefined])(
  'a checkpoint keeps what the engine settled: %j',
  async (settled) => {
    const folder = temporaryFolder();
    const one = (value: number) => new Map([['a', Float32Array.of(value)]]);
    const tensors = { values: one(1), slots: { moment1: one(2), moment2: one(3) }, ...(settled && { settled }) };
    await saveCheckpoint(folder, 'last', { tensors, state });
    const found = await loadCheckpoint(folder, 'last', [{ name: 'a', shape: [1], group: 0 }]);
    expect(found).toEqual({ tensors, state });
  },
);

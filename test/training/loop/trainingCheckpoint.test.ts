import { expect, it } from 'vitest';
import { loadCheckpoint, readState, saveCheckpoint } from '../../../extension/training/loop/trainingCheckpoint.ts';
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

it.each(['last', 'best'] as const)(
  'says what to do about a state in %s.safetensors that cannot be read',
  async (kind) => {
    const folder = temporaryFolder();
    const one = () => new Map([['a', Float32Array.of(1)]]);
    const best = { name: 'perplexity', value: Number.POSITIVE_INFINITY, step: 3 };
    const tensors = { values: one(), slots: { moment1: one(), moment2: one() } };
    await saveCheckpoint(folder, kind, { tensors, state: { ...state, best } }, 'run');
    const told = new RegExp(
      `${kind}\\.safetensors: state must be as a run writes it, got "\\{.*…"; put back a copy of it`,
    );
    await expect(readState(folder, kind, 'run')).rejects.toThrow(told);
    await expect(loadCheckpoint(folder, kind, [{ name: 'a', shape: [1], group: 0 }], 'run')).rejects.toThrow(told);
  },
);

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drift } from '../../extension/inference/drift.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

async function driftOf(methods: unknown, extra: Record<string, unknown> = {}) {
  const config = smallConfig(path.join(temporaryFolder(), 'w'), { methods, ...extra });
  const run = await createRun(config);
  await attempt(run, false, 4);
  const changes = await drift(run, () => {});
  return { run, last: changes.at(-1)!, changes };
}

const norms = ['attention gain', 'attention bias', 'ffn gain', 'ffn bias'];

describe('the change of tuned tensors', () => {
  it('has gains and biases of the norms of each block, relative to the pretrained model', async () => {
    const { last } = await driftOf([{ 'ln-tuning': { norms: ['attention', 'ffn'], terms: ['gain'] } }]);
    expect(last.columns).toEqual(norms);
    expect(last.step).toBe(4);
    expect(last.layers.map(({ layer }) => layer)).toEqual(last.layers.map((_, index) => `layer ${index}`));
    for (const { meanAbsoluteChange } of last.layers) {
      const [attention, attentionBias, ffn, ffnBias] = meanAbsoluteChange;
      expect([attentionBias, ffnBias]).toEqual([null, null]);
      // Four steps of AdamW at a rate of 1e-3 move each number by no more than that.
      for (const moved of [attention!, ffn!]) {
        expect(moved).toBeGreaterThan(0);
        expect(moved).toBeLessThan(4 * 0.02);
      }
    }
  });

  it('has what a method adds, relative to its first values: low ranks of both factors in one place', async () => {
    const { last, changes } = await driftOf([{ lora: { rank: 2, targets: ['query'], learning_rate: 0.001 } }]);
    expect(last.columns).toEqual(['attention.query weight']);
    expect(last.layers.every(({ meanAbsoluteChange: [moved] }) => moved! > 0 && moved! < 4 * 0.001)).toBe(true);
    expect(changes.map(({ step }) => step)).toEqual([...changes.map(({ step }) => step)].sort((a, b) => a - b));
  });

  it('has a place for each site of a union, norms first, and the embedding below the blocks', async () => {
    const { last } = await driftOf(['bitfit', { 'ln-tuning': { norms: ['embedding'], terms: ['gain'] } }]);
    expect(last.columns.slice(0, 4)).toEqual(norms);
    expect(last.columns).toEqual(expect.arrayContaining(['ffn.up bias', 'attention.key bias', 'embedding gain']));
    expect(last.layers[0]!.layer).toBe('embedding');
    expect(last.layers[0]!.meanAbsoluteChange[last.columns.indexOf('embedding gain')]).toBeGreaterThan(0);
    expect(last.layers[1]!.meanAbsoluteChange[last.columns.indexOf('embedding gain')]).toBeNull();
  });

  it('is nothing for a head alone, and before the first checkpoint', async () => {
    expect((await driftOf(['head-only'])).changes).toEqual([]);
    const run = await createRun(smallConfig(path.join(temporaryFolder(), 'w')));
    expect(await drift(run, () => {})).toEqual([]);
  });
});

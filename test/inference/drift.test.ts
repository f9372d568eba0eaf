import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import { drift } from '../../extension/inference/drift.ts';
import { openTuned } from '../../extension/inference/tunedRun.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

async function driftOf(methods: unknown, extra: Record<string, unknown> = {}) {
  const config = smallConfig(path.join(temporaryFolder(), 'w'), { methods, ...extra });
  const run = await createRun(config);
  await attempt(run, false, 4);
  const changes = await drift(run);
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

  it('is of a low-rank update that of the weight which it moves: (α/r)·B·A', async () => {
    const { run, last, changes } = await driftOf([
      { lora: { rank: 2, alpha: 6, targets: ['query'], learning_rate: 0.01 } },
    ]);
    expect(last.columns).toEqual(['attention.query weight']);
    const file = await openSafetensors(path.join(run, 'last.safetensors'));
    for (const [layer, { meanAbsoluteChange }] of last.layers.entries()) {
      const read = (factor: string) =>
        readFloats(file, `values/encoder.layer.${layer}.attention.self.query.lora_${factor}.weight`);
      const [a, b] = [await read('A'), await read('B')];
      const width = a.length / 2;
      let sum = 0;
      for (let o = 0; o < width; o++) {
        for (let i = 0; i < width; i++) sum += Math.abs(3 * (b[2 * o]! * a[i]! + b[2 * o + 1]! * a[width + i]!));
      }
      expect(meanAbsoluteChange[0]).toBeCloseTo(sum / (width * width), 12);
      expect(meanAbsoluteChange[0]).toBeGreaterThan(0);
    }
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

  it('tells adapters and the keys and values of a prefix apart, block by block', async () => {
    const { last } = await driftOf([
      { prefix: { length: 2 } },
      { adapter: { at: ['attention', 'ffn'], bottleneck: 2 } },
      { adapter: { placement: 'parallel', bottleneck: 2 } },
    ]);
    expect(last.columns).toEqual([
      ...['prefix key', 'prefix value'],
      ...['attention adapter weight', 'attention adapter bias', 'ffn adapter weight', 'ffn adapter bias'],
      ...['ffn parallel adapter weight', 'ffn parallel adapter bias'],
    ]);
    for (const { meanAbsoluteChange } of last.layers) expect(meanAbsoluteChange).not.toContain(null);
  });

  it('is of a prefix behind an MLP that of the keys and values which it makes', async () => {
    const { last, run } = await driftOf([{ prefix: { length: 2, mlp: true, mlp_width: 3 } }]);
    expect(last.columns).toEqual(['prefix key', 'prefix value']);
    expect(last.layers.map(({ layer }) => layer)).toEqual(last.layers.map((_, i) => `layer ${i}`));
    const { tuned } = await openTuned(run, () => {});
    expect([...tuned.tensors.keys()].filter((name) => name.includes('mlp'))).toEqual([]);
    for (const { meanAbsoluteChange } of last.layers) {
      for (const moved of meanAbsoluteChange) expect(moved).toBeGreaterThan(0);
    }
  });

  it('is nothing for a head alone, and before the first checkpoint', async () => {
    expect((await driftOf(['head-only'])).changes).toEqual([]);
    const run = await createRun(smallConfig(path.join(temporaryFolder(), 'w')));
    expect(await drift(run)).toEqual([]);
  });
});

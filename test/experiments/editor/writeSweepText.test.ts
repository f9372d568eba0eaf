import { describe, expect, it } from 'vitest';
import { checkSweepText } from '../../../extension/experiments/editor/checkSweepText.ts';
import { ratesAround, seedChoices, writeSweepText } from '../../../extension/experiments/editor/writeSweepText.ts';
import { runCountText } from '../../../extension/experiments/plan/runCount.ts';

const choices = {
  experiments: ['reviews.peft.yaml'],
  arms: [['ln-tuning'], ['prefix', 'ln-tuning'], [{ lora: { rank: 4 } }]],
  rates: [3e-4, 1e-3, 3e-3],
  tuningSeeds: 2,
  seeds: 5,
};

describe('a new sweep', () => {
  it('is offered no fewer seeds than can show a difference among its arms', () => {
    const fewest = (needed?: number) => seedChoices(needed).map(({ seeds, detail }) => `${seeds} ${detail}`);
    expect(fewest()).toEqual([
      '4 The fewest that can show a difference.',
      '5 Finds large differences.',
      '10 Finds differences about as large as the spread of seeds.',
      '20 Finds smaller ones.',
    ]);
    expect(fewest(6)[0]).toBe('6 The fewest that can show a difference.');
    expect(seedChoices(6).map(({ seeds }) => seeds)).toEqual([6, 10, 20]);
  });

  it('says what was chosen, is right, and explains itself', () => {
    const text = writeSweepText(choices);
    const { diagnostics, sweep } = checkSweepText(text);
    expect(diagnostics).toEqual([]);
    expect(sweep!.arms.map(({ name }) => name)).toEqual(['ln-tuning', 'prefix + ln-tuning', 'lora']);
    expect(runCountText(sweep!)).toBe('3 arms × (3 values × 2 seeds + 5 seeds) = 33 runs');
    expect(text).toContain('# Which is best: ln-tuning, prefix + ln-tuning, lora?\n');
    expect(text).toContain('  - {lora: {rank: 4}}\n');
    expect(text).toContain('  training.learning_rate: [3e-4, 0.001, 0.003]\n');
  });

  it('tunes nothing where no rates were chosen, and takes several data sets and odd names', () => {
    const { sweep } = checkSweepText(
      writeSweepText({ ...choices, experiments: ['a b.peft.yaml', '#c.peft.yaml'], rates: [] }),
    );
    expect(sweep!.tuning).toBeUndefined();
    expect(sweep!.experiments).toEqual(['a b.peft.yaml', '#c.peft.yaml']);
  });

  it('tries rates around those that its methods have by themselves', () => {
    expect(ratesAround([['ln-tuning'], ['bitfit']], 3)).toEqual([3e-4, 1e-3, 3e-3]);
    expect(ratesAround([['ln-tuning']], 5)).toEqual([1e-4, 3e-4, 1e-3, 3e-3, 1e-2]);
    expect(ratesAround([['ln-tuning']], 3, { hidden: 384 })).toEqual([2e-3, 5e-3, 2e-2]);
    expect(ratesAround([['ln-tuning']], 0)).toEqual([]);
  });

  it('tries more where the methods have unlike rates, each about three times the one before', () => {
    expect(ratesAround([['full'], ['ln-tuning']], 3)).toEqual([7e-6, 2e-5, 7e-5, 3e-4, 1e-3, 3e-3]);
    const mixed = ratesAround([['ln-tuning'], ['lora'], ['ia3'], ['full']], 3);
    for (const own of [2e-5, 3e-4, 1e-3, 5e-3])
      expect(Math.min(...mixed.map((rate) => Math.abs(Math.log10(rate / own))))).toBeLessThan(0.31);
    expect(Math.max(...mixed.slice(1).map((rate, i) => rate / mixed[i]!))).toBeLessThan(4.1);
  });
});

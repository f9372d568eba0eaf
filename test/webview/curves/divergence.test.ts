import { describe, expect, it } from 'vitest';
import { curveCards } from '../../../webview/curves/curves.ts';
import { divergedTexts } from '../../../webview/curves/divergence.ts';
import { Memory } from '../../../webview/page/memory.ts';
import { initialState, type Message, reduce } from '../../../webview/state/state.ts';
import { testRun } from '../../support/browserRuns.ts';

function lossOf(runs: readonly ReturnType<typeof testRun>[], more: readonly Message[] = []) {
  const messages: readonly Message[] = [
    { type: 'snapshot', runs: [...runs], foreign: [] },
    { type: 'check', runs: runs.map(({ record }) => record.id) },
    ...more,
  ];
  const cards = curveCards(messages.reduce(reduce, initialState(0, true)), new Memory());
  return cards.find(({ id }) => id === 'loss')!;
}

describe('what a chart says of runs that diverged', () => {
  it('names each of them with its step, once for training and evaluations', () => {
    const runs = [
      testRun(0, { methods: 'lora', nanFrom: 50 }),
      testRun(1, { methods: 'bitfit', nanFrom: 120 }),
      testRun(2, { methods: 'prefix', nanFrom: 10 }),
      testRun(3),
    ];
    expect(divergedTexts(lossOf(runs))).toEqual([
      'prefix: NaN from step 10',
      'bitfit: NaN from step 120',
      'lora: NaN from step 50',
    ]);
    expect(divergedTexts(lossOf(runs, [{ type: 'axis', axis: 'time' }]))[0]).toBe('prefix: NaN at its end');
    expect(divergedTexts(lossOf(runs.slice(3)))).toEqual([]);
  });

  it('counts the seeds of a folded line, from the first of them on', () => {
    const runs = [1, 2, 3].map((seed) => testRun(seed, { seed, ...(seed > 1 && { nanFrom: 100 * seed }) }));
    expect(divergedTexts(lossOf(runs))).toEqual(['ln-tuning · n = 3: NaN from step 200 (2 of 3 seeds)']);
  });
});

import { describe, expect, it } from 'vitest';
import { BestValue } from '../../../extension/training/loop/bestValue.ts';

const accuracy = { name: 'accuracy', direction: 'higher', patience: 2 } as const;

describe('BestValue', () => {
  it('keeps the best value with its step, and counts evaluations without a better one', () => {
    const best = new BestValue(accuracy);
    const better = [0.5, 0.75, 0.75, 0.6].map((value, i) => best.judge({ accuracy: value }, 10 * (i + 1)));
    expect(better).toEqual([true, true, false, false]);
    expect(best.state).toEqual({
      best: { name: 'accuracy', value: 0.75, step: 20 },
      staleEvaluations: 2,
      evaluatedStep: 40,
    });
    expect(best.isStale).toBe(true);
  });

  it('takes the smaller value of a metric of which less is better', () => {
    const best = new BestValue({ name: 'loss', direction: 'lower', patience: undefined });
    expect([2, 1, 3].map((loss, step) => best.judge({ loss }, step))).toEqual([true, true, false]);
    expect(best.isStale).toBe(false);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('never takes %s, which the state cannot keep', (value) => {
    const best = new BestValue({ name: 'perplexity', direction: 'lower', patience: undefined });
    expect(best.judge({ perplexity: value }, 1)).toBe(false);
    expect(best.state).toEqual({ best: null, staleEvaluations: 1, evaluatedStep: 1 });
    expect(best.judge({ perplexity: 1e6 }, 2)).toBe(true);
  });

  it('refuses an evaluation without its metric', () => {
    const judge = () => new BestValue(accuracy).judge({ loss: 1, f1: 2 }, 1);
    expect(judge).toThrow('training.early_stopping.metric: must be one of loss, f1, got accuracy; start a run');
  });
});

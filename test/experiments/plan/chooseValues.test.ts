import { describe, expect, it } from 'vitest';
import { chooseValues } from '../../../extension/experiments/plan/chooseValues.ts';
import { crossed } from '../../../extension/experiments/plan/searchPoints.ts';

const rates = crossed([{ key: 'training.learning_rate', values: [1e-3, 3e-3, 1e-2] }]);

describe('the values that tuning chooses', () => {
  it('have the best mean over the tuning seeds', () => {
    const runs = [
      [0.8, 0.7],
      [0.74, 0.8],
      [0.79, 0.6],
    ];
    expect(chooseValues(rates, runs, 'higher')).toMatchObject({ chosen: 1, edges: [] });
    expect(chooseValues(rates, runs, 'lower')).toMatchObject({ chosen: 2, edges: ['training.learning_rate 0.01'] });
  });

  it('are never those of a combination of which a run failed', () => {
    expect(chooseValues(rates, [[0.7], [Number.NaN], [0.6]], 'higher').chosen).toBe(0);
    expect(chooseValues(rates, [[Number.NaN], [Number.NaN], [Number.NaN]], 'higher').chosen).toBeUndefined();
  });

  it('wait for the last run', () => {
    const found = chooseValues(rates, [[0.7, 0.8], [0.9], [0.6, undefined]], 'higher');
    expect(found).toMatchObject({ chosen: undefined, scores: [expect.closeTo(0.75, 12), 0.9, undefined] });
  });

  it('are at no edge where the config takes no values beyond, and where they are no numbers', () => {
    const axes = [
      { key: 'training.dropout', values: [0, 0.1, 0.2] },
      { key: 'training.lr_scheduler', values: ['linear', 'constant'] },
      { key: 'training.weight_decay', values: [0.1] },
    ];
    const points = crossed(axes);
    const best = (wanted: number) =>
      chooseValues(
        points,
        points.map((_, i) => [i === wanted ? 1 : 0]),
        'higher',
      );
    expect(best(0)).toMatchObject({ chosen: 0, edges: [] });
    expect(best(2)).toMatchObject({ chosen: 2, edges: [] });
    expect(best(4)).toMatchObject({ chosen: 4, edges: ['training.dropout 0.2'] });
  });

  it('are at no edge where they are the least that an option of a method may be', () => {
    const ranks = crossed([{ key: 'methods[0].lora.rank', values: [1, 2, 4] }]);
    expect(chooseValues(ranks, [[3], [2], [1]], 'higher')).toMatchObject({ chosen: 0, edges: [] });
    expect(chooseValues(ranks, [[1], [2], [3]], 'higher').edges).toEqual(['methods[0].lora.rank 4']);
  });

  it('say what fewer combinations could have been expected to find', () => {
    const { expectedBest } = chooseValues(rates, [[1], [2], [3]], 'higher');
    expect(expectedBest[0]).toBeCloseTo(2, 12);
    // Of the nine pairs, five have a 3, three more a 2, and one is 1 twice.
    expect(expectedBest[1]).toBeCloseTo((5 * 3 + 3 * 2 + 1) / 9, 12);
    const losses = chooseValues(rates, [[1], [2], [3]], 'lower').expectedBest;
    expect(losses[1]).toBeCloseTo((5 * 1 + 3 * 2 + 3) / 9, 12);
  });
});

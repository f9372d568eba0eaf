import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestFirst,
  candidateScore,
  halvingCost,
  halvingState,
  rungsOf,
} from '../../../extension/experiments/plan/halving.ts';

/** Accuracies of nine candidates at three rungs; candidate 6 diverges. */
const table = [
  [0.71, 0.74, 0.75],
  [0.68, 0.77, 0.82],
  [0.52, 0.52, 0.52],
  [0.75, 0.79, 0.81],
  [0.74, 0.8, 0.83],
  [0.6, 0.66, 0.7],
  [Number.NaN, Number.NaN, Number.NaN],
  [0.75, 0.76, 0.77],
  [0.7, 0.71, 0.73],
] as const;
const plan = { candidates: 9, eta: 3, rungs: [1, 3, 9], direction: 'higher' } as const;

describe('the rungs', () => {
  it.each([
    [1, 3, 9, [1, 3, 9]],
    [1, 3, 27, [1, 3, 9, 27]],
    // log 243 / log 3 is 4.999…: a quotient of logarithms would lose a rung.
    [1, 3, 243, [1, 3, 9, 27, 81, 243]],
    [2, 3, 10, [2, 6, 10]],
    [0.5, 2, 3, [0.5, 1, 2, 3]],
  ])('grow from %d by %d to %d', (first, eta, full, rungs) => {
    expect(rungsOf(first, eta, full)).toEqual(rungs);
  });

  it.each([
    { candidates: 9, eta: 3, rungs: [1, 3, 9], sizes: [9, 3, 1], cost: 21 },
    { candidates: 27, eta: 3, rungs: [1, 3, 9, 27], sizes: [27, 9, 3, 1], cost: 81 },
    { candidates: 8, eta: 2, rungs: [1, 2, 4, 8], sizes: [8, 4, 2, 1], cost: 20 },
    { candidates: 16, eta: 4, rungs: [1, 4], sizes: [16, 4], cost: 28 },
    { candidates: 12, eta: 3, rungs: [2, 6, 10], sizes: [12, 4, 1], cost: 44 },
  ])('hold $sizes of $candidates candidates and cost $cost', ({ sizes, cost, ...halving }) => {
    const { entered } = halvingState({ ...halving, direction: 'higher' }, (candidate) => candidate);
    expect(entered.map(({ length }) => length)).toEqual(sizes);
    expect(halvingCost(halving)).toBe(cost);
  });
});

describe('halving', () => {
  it('keeps the best third of each rung and finds the best of the last', () => {
    const state = halvingState(plan, (candidate, rung) => table[candidate]![rung]);
    expect(state.entered).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], [3, 7, 4], [4]]);
    expect(state).toMatchObject({ winner: 4, isOver: true, next: [] });
  });

  it('waits for the last run of a rung', () => {
    const late = (candidate: number, rung: number) =>
      rung === 1 && candidate === 7 ? undefined : table[candidate]![rung];
    const state = halvingState(plan, late);
    expect(state).toMatchObject({ next: [{ candidate: 7, rung: 1 }], winner: undefined, isOver: false });
  });

  it('asks for all candidates first', () => {
    const { next } = halvingState(plan, () => undefined);
    expect(next).toEqual(table.map((_, candidate) => ({ candidate, rung: 0 })));
  });

  it('prefers lower losses, and of equal ones the first candidate', () => {
    const losses = [[0.5], [0.4], [0.4], [0.9]];
    const state = halvingState({ candidates: 4, eta: 2, rungs: [1], direction: 'lower' }, (i) => losses[i]![0]);
    expect(state.winner).toBe(1);
  });

  it('never lets a failed candidate go on, and has no winner where all have failed', () => {
    const failing = halvingState(plan, (candidate) => (candidate === 2 ? 0.5 : Number.NaN));
    expect(failing.entered).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], [2], [2]]);
    const failed = halvingState({ ...plan, direction: 'lower' }, () => Number.POSITIVE_INFINITY);
    expect(failed).toMatchObject({ winner: undefined, isOver: true });
  });

  it('decides the same whatever order runs end in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(8), fc.nat(2)), { maxLength: 40 }), (order) => {
        // Runs end one after the other, in any order; what was decided of a whole rung stays as it was.
        const ended = new Set<string>();
        const known = (candidate: number, rung: number) =>
          ended.has(`${candidate}@${rung}`) ? table[candidate]![rung] : undefined;
        const full = halvingState(plan, (candidate, rung) => table[candidate]![rung]).entered;
        for (const [candidate, rung] of order) {
          ended.add(`${candidate}@${rung}`);
          halvingState(plan, known).entered.forEach((entered, k) => {
            expect(entered).toEqual(full[k]);
          });
        }
      }),
    );
  });
});

describe('the score of a candidate', () => {
  it('is the mean over its seeds once all have ended, and none where one failed', () => {
    expect(candidateScore([0.7, 0.8])).toBeCloseTo(0.75, 12);
    expect(candidateScore([0.7, undefined])).toBeUndefined();
    expect(candidateScore([0.7, Number.NaN])).toBeNaN();
    expect(candidateScore([Number.POSITIVE_INFINITY])).toBeNaN();
    expect(candidateScore([])).toBeUndefined();
  });

  it('decides the order of candidates', () => {
    const scores = [0.3, Number.NaN, 0.5, 0.5];
    expect(bestFirst([0, 1, 2, 3], (i) => scores[i]!, 'higher')).toEqual([2, 3, 0, 1]);
    expect(bestFirst([0, 1, 2, 3], (i) => scores[i]!, 'lower')).toEqual([0, 2, 3, 1]);
  });
});

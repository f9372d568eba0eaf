import { describe, expect, it } from 'vitest';
import { frontPlace, type Priced } from '../../../extension/experiments/verdict/costFront.ts';

/** An arm of a mean score ± and a mean cost ±; without a width nothing is known of the spread. */
const arm = (score: number, width: number | undefined, cost: number, costWidth = 0): Priced => ({
  score: { n: 5, mean: score, sd: 0.01, interval: around(score, width) },
  cost: { n: 5, mean: cost, sd: 0, interval: around(cost, costWidth) },
});
const around = (mean: number, width: number | undefined) =>
  width === undefined ? undefined : { low: mean - width, high: mean + width };

const placesOf = (arms: readonly Priced[], direction: 'higher' | 'lower' = 'higher') =>
  arms.map((one) =>
    frontPlace(
      one,
      arms.filter((other) => other !== one),
      direction,
    ),
  );

describe('the front of score and cost', () => {
  it('takes in the cheap and the good, and leaves out what is both worse and dearer', () => {
    expect(placesOf([arm(0.9, 0.01, 1000), arm(0.8, 0.01, 100), arm(0.7, 0.01, 500)])).toEqual(['on', 'on', 'off']);
    expect(placesOf([arm(0.1, 0.01, 1000), arm(0.2, 0.01, 100), arm(0.3, 0.01, 500)], 'lower')).toEqual([
      'on',
      'on',
      'off',
    ]);
  });

  it('says nothing where intervals of the score overlap and the dearer may be the better one', () => {
    expect(placesOf([arm(0.81, 0.02, 1000), arm(0.8, 0.02, 100)])).toEqual(['open', 'on']);
  });

  it('says nothing where costs are measured and overlap', () => {
    expect(placesOf([arm(0.9, 0.01, 10, 2), arm(0.8, 0.01, 9, 2)])).toEqual(['on', 'open']);
  });

  it('leaves out what costs the same and is worse', () => {
    expect(placesOf([arm(0.9, 0.01, 100), arm(0.8, 0.01, 100)])).toEqual(['on', 'off']);
  });

  it('does not place the dearer of two where one of them has a single seed', () => {
    expect(placesOf([arm(0.9, undefined, 1000), arm(0.8, 0.01, 100)])).toEqual(['unknown', 'on']);
    expect(placesOf([arm(0.9, 0.01, 1000), arm(0.8, undefined, 100)])).toEqual(['unknown', 'on']);
  });

  it('does not place an arm by fewer seeds than a comparison takes, however far apart scores are', () => {
    const three = (one: Priced): Priced => ({ ...one, score: { ...one.score!, n: 3 } });
    const [good, bad, cheap] = [arm(0.9, 0.01, 100), arm(0.5, 0.01, 500), arm(0.9, 0.02, 90)];
    expect(placesOf([good, three(bad)])).toEqual(['on', 'unknown']);
    // Told from neither: the one that can be compared is not told apart, the other is too new.
    expect(placesOf([good, three(bad), cheap])).toEqual(['open', 'unknown', 'on']);
  });
});

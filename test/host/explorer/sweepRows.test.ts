import { describe, expect, it } from 'vitest';
import {
  armDescription,
  armTitle,
  sweepDescription,
  sweepLabel,
  sweepMatches,
  sweepSentences,
} from '../../../extension/host/explorer/sweepRows.ts';
import { listedSweep } from '../../support/listedSweep.ts';

const sentence = 'ln-tuning is better than bitfit: accuracy +2.3 points, between +1.6 and +3.1 points (p = 0.008).';

describe('the row of a sweep', () => {
  it('says how far it has come and what is left of it', () => {
    expect(sweepDescription(listedSweep(3, true))).toBe('3/8 runs · 5:00 left');
    expect(sweepDescription(listedSweep(3, false))).toBe('3/8 runs · not finished');
  });

  it('tells a screen reader each thing once, the state first where it is an icon alone', () => {
    expect(sweepLabel(listedSweep(3, true))).toMatch(/^sweep [^,]+, running, 3\/8 runs · 5:00 left$/);
    expect(sweepLabel(listedSweep(3, false))).toMatch(/^sweep [^,]+, 3\/8 runs · not finished$/);
    expect(sweepLabel(listedSweep(8, false))).toMatch(/^sweep [^,]+, finished, 8\/8 runs$/);
  });

  it('says what was shown when it is whole, and all of it in its hover', () => {
    const whole = listedSweep(8, false, { verdict: [sentence] });
    expect(sweepDescription(whole)).toBe('8/8 runs · ln-tuning is better than bitfit: accuracy +2.3 points');
    expect(sweepSentences(whole)).toEqual(['2 arms × 4 seeds = 8 runs', '8 of 8 runs finished.', sentence]);
  });

  it.each([
    [
      'lora {rank: 4, alpha: 8} is better than lora {rank: 8, alpha: 8}: accuracy +10 points, though its size is uncertain: between −12 and +33 points for these test rows (p = 0.029).',
      'lora {rank: 4, alpha: 8} is better than lora {rank: 8, alpha: 8}: accuracy +10 points',
    ],
    [
      'lora {rank: 4, alpha: 8} and bitfit are not told apart: accuracy between −0.5 and +1.0 points for these test rows (p = 0.47). With 5 seeds each …',
      'lora {rank: 4, alpha: 8} and bitfit are not told apart',
    ],
    [
      'lora and bitfit are not compared: accuracy +2.4 points may be chance; 3 seeds each prove nothing, take 4 or more.',
      'lora and bitfit are not compared',
    ],
    ['3 of 8 comparisons show a difference.', '3 of 8 comparisons show a difference'],
  ])('tells the finding of a sentence alone, whatever the names of arms: %s', (said, shown) =>
    expect(sweepDescription(listedSweep(8, false, { verdict: [said] }))).toBe(`8/8 runs · ${shown}`),
  );

  it('has its arms below, with the mean of the results that are there', () => {
    const sweep = listedSweep(6, true);
    expect([0, 1].map((cell) => armTitle(sweep.view, cell))).toEqual(['ln-tuning', 'bitfit']);
    expect([0, 1].map((cell) => armDescription(sweep, cell))).toEqual(['4/4 runs · acc 80.0', '2/4 runs · acc 80.0']);
  });

  it('is found by its own name and by those of its runs', () => {
    expect(sweepMatches(listedSweep(2, true), 'revi')).toBe(true);
    expect(sweepMatches(listedSweep(2, true), 'state:finished')).toBe(true);
    expect(sweepMatches(listedSweep(2, true), 'letters')).toBe(false);
  });
});

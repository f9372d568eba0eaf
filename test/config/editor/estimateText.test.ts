import { describe, expect, it } from 'vitest';
import { estimateText, estimateTooltip } from '../../../extension/config/editor/estimateText.ts';
import { newEstimate } from '../../support/newEstimate.ts';

describe('an estimate in words', () => {
  it.each([
    [174e6, 3.2, '~170 MB, ~3 s'],
    [531e6, 245, '~530 MB, ~4 min'],
    [996e6, 89.6, '~1 GB, ~90 s'],
    [1.24e9, 5390, '~1.2 GB, ~90 min'],
    [12.6e9, 9100, '~13 GB, ~2.5 h'],
    [80e6, 0.2, '~80 MB, ~1 s'],
    [2e9, 360_000, '~2 GB, ~100 h'],
  ])('of %d bytes and %d seconds is about right', (memoryBytes, totalSeconds, text) => {
    expect(estimateText({ memoryBytes, totalSeconds })).toBe(text);
  });

  it('is explained with what it takes for granted', () => {
    expect(estimateTooltip(newEstimate())).toBe(
      "About 510 MB and 4 min on this machine's CPU, 6 s of them evaluating; 2,500 tokens/s. " +
        'Nothing else keeps this machine busy.',
    );
    expect(estimateTooltip(newEstimate({ evaluations: 0, assumptions: [] }))).toBe(
      "About 510 MB and 4 min on this machine's CPU; 2,500 tokens/s.",
    );
  });
});

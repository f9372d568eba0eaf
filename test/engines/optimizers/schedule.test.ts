import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Schedule, scheduleFactor } from '../../../extension/engines/optimizers/schedule.ts';

const { schedules }: { schedules: readonly (Schedule & { readonly factors: readonly number[] })[] } = JSON.parse(
  readFileSync(new URL('../../golden/optim/optim.json', import.meta.url), 'utf8'),
);

describe('scheduleFactor', () => {
  for (const { factors, ...schedule } of schedules) {
    const { name, warmupSteps, totalSteps } = schedule;
    it(`equals transformers: ${name}, warm-up ${warmupSteps} of ${totalSteps}`, () => {
      expect(factors.length).toBe(totalSteps + 2);
      for (const [done, factor] of factors.entries()) expect(scheduleFactor(schedule, done)).toBeCloseTo(factor, 12);
    });
  }
});

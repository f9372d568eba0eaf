type ScheduleName = 'linear' | 'cosine' | 'constant';

export interface Schedule {
  readonly name: ScheduleName;
  /** Optimizer steps over which the factor rises from 0 to 1. */
  readonly warmupSteps: number;
  /** Optimizer steps of the whole run, warm-up included. */
  readonly totalSteps: number;
}

/**
 * Learning-rate factor in 0 … 1 after `done` optimizer steps (0 for the first): during warm-up done/warmup; then
 * constant 1, linear (total − done)/(total − warmup), or cosine ½(1 + cos π(done − warmup)/(total − warmup)). As
 * `get_*_schedule_with_warmup` of transformers, where the first step of a warm-up has factor 0 as well.
 */
export function scheduleFactor({ name, warmupSteps, totalSteps }: Schedule, done: number): number {
  if (done < warmupSteps) return done / Math.max(1, warmupSteps);
  const decaySteps = Math.max(1, totalSteps - warmupSteps);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, (totalSteps - done) / decaySteps);
    case 'cosine':
      return 0.5 * (1 + Math.cos((Math.PI * (done - warmupSteps)) / decaySteps));
  }
}

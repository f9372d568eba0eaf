export type ScheduleName = 'linear' | 'cosine' | 'constant';

export interface Schedule {
  readonly name: ScheduleName;
  /** Optimizer steps over which the factor rises from 0 to 1. */
  readonly warmupSteps: number;
  /** Optimizer steps of the whole run, warm-up included. */
  readonly totalSteps: number;
}

/**
 * Learning-rate factor in 0 … 1 after `done` optimizer steps (0 for the first): during warm-up done/warmup; then
 * constant 1, linear 1 − t, or cosine ½(1 + cos πt), t = (done − warmup)/(total − warmup). As `get_*_schedule*` of
 * transformers, where the first step of a warm-up has factor 0 as well.
 */
export function scheduleFactor({ name, warmupSteps, totalSteps }: Schedule, done: number): number {
  if (done < warmupSteps) return done / Math.max(1, warmupSteps);
  const t = (done - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, 1 - t);
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * t)));
  }
}

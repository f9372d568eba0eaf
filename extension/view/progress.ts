import type { RunSummary } from '../contract/run.ts';

/** 0 … 1, or undefined while the number of steps is not known. */
export function progressOf({ step, totalSteps }: Pick<RunSummary, 'step' | 'totalSteps'>): number | undefined {
  return totalSteps === 0 ? undefined : Math.min(1, step / totalSteps);
}

/** Seconds left at the pace of the whole run, evaluations included; undefined while there is none. */
export function secondsLeft({
  step,
  totalSteps,
  elapsedSeconds,
}: Pick<RunSummary, 'step' | 'totalSteps' | 'elapsedSeconds'>): number | undefined {
  if (step < 1 || totalSteps === 0 || elapsedSeconds <= 0) return undefined;
  return ((totalSteps - step) * elapsedSeconds) / step;
}

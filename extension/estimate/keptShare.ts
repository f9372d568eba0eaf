import { sizeOf } from './opWork.ts';
import { type RunPlan, sizesOf } from './runPlan.ts';

/** Share of the rows whose fixed values fit into the memory for them. */
export function keptShare(plan: RunPlan): number {
  const bytes = fixedBytes(plan);
  return bytes === 0 ? 0 : Math.min(1, plan.keptLimitBytes / bytes);
}

/** What keeping all fixed values of training and validation rows takes, row by row, without padding. */
export function fixedBytes({ fixed, trainingBatches, validationBatches }: RunPlan): number {
  if (!fixed) return 0;
  const perToken = Object.values(fixed.outputs).reduce((sum, value) => sum + 4 * sizeOf(value, sizesOf(1, 1)), 0);
  return perToken * (trainingBatches.tokens + (validationBatches?.tokens ?? 0));
}

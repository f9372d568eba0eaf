import { sizeOf } from './opWork.ts';
import { type RunWork, sizesOf } from './runWork.ts';

/** Share of the rows whose values of the prefix fit into the memory for them. */
export function cachedShare(work: RunWork): number {
  const bytes = prefixBytes(work);
  return bytes === 0 ? 0 : Math.min(1, work.cacheLimitBytes / bytes);
}

/** Bytes of an activation cache of all training and validation rows, row by row, without padding. */
export function prefixBytes({ prefix, trainingBatches, validationBatches }: RunWork): number {
  if (!prefix) return 0;
  const perToken = Object.values(prefix.outputs).reduce((sum, value) => sum + 4 * sizeOf(value, sizesOf(1, 1)), 0);
  return perToken * (trainingBatches.tokens + (validationBatches?.tokens ?? 0));
}

import type { Batch } from '../../tasks/task.ts';

/** 1 / labelled items of all micro-batches of a step, so that they add up to the gradient of one large batch; 0 for none. */
export function lossScale(batches: readonly Pick<Batch, 'labelledItems'>[]): number {
  const items = batches.reduce((sum, { labelledItems }) => sum + labelledItems, 0);
  return items > 0 ? 1 / items : 0;
}

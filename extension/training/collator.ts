import { collate } from '../data/batches/collate.ts';
import type { RowBatch } from '../data/batches/rowBatches.ts';
import type { Batch } from '../tasks/task.ts';
import type { RowsOfRun } from './trunk/runRows.ts';

/**
 * Makes a batch of rows, masked anew in every epoch where the task does so.
 * @param positionShift how far the methods move position ids up
 */
export function collator(
  { task, tokenizer, config, model }: Pick<RowsOfRun, 'task' | 'tokenizer' | 'config' | 'model'>,
  positionShift: number,
): (batch: RowBatch, epoch: number) => Batch {
  const { seed, mlm_probability: probability } = config.training;
  const padding = { dimensions: model.dimensions, positionShift };
  return ({ examples }, epoch) => {
    const { maskTokens } = task;
    const masked = maskTokens && examples.map((one) => maskTokens(one, tokenizer, { seed, epoch, probability }));
    return collate(masked ?? examples, task, padding);
  };
}

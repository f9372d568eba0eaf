import type { ExecutorFamily, TrainableState, TrainingProgram } from '../engines/executor.ts';
import { adamW } from '../engines/optimizers/adamW.ts';
import { checkedBatches, checkInt8, type Int8Verdict } from '../engines/trials/int8Check.ts';
import type { Batch } from '../tasks/task.ts';
import { lossScale } from './lossScale.ts';

export const gateBatches = checkedBatches;

/** The check of int8 on a program as training still writes it. */
export function judgeBackbone(
  { engine }: Pick<ExecutorFamily, 'engine'>,
  program: TrainingProgram,
  { values }: TrainableState,
  batches: readonly Batch[],
): Promise<Int8Verdict> {
  const { training, evaluation, trainable, groups, frozen, seed } = program;
  const initial = { values, slots: {} };
  return checkInt8(
    engine,
    { training, evaluation, trainable, groups, frozen, seed, initial, optimizer: adamW(program.optimizer) },
    program,
    { step: 1, batches: batches.map(({ feeds }) => feeds), lossScale: lossScale(batches) },
  );
}

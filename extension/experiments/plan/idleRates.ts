import type { Finding } from '../../problems/finding.ts';
import { findTask } from '../../tasks/registry.ts';
import type { Sweep } from '../file/sweep.ts';
import type { Cell } from './cells.ts';

const key = 'training.learning_rate';

/**
 * Arms with methods that a varied `training.learning_rate` does not reach, because they have a rate of their own: they are not
 * tuned as the others are. A warning, so that sweeps that were run this way can still be read.
 */
export function idleRates({ grid, tuning, arms }: Sweep, cells: readonly Cell[]): readonly Finding[] {
  if (![...grid, ...(tuning?.axes ?? [])].some((axis) => axis.key === key)) return [];
  return arms.flatMap((arm, index): Finding[] => {
    const configs = cells.filter((cell) => cell.arm === arm).flatMap((cell) => cell.configs);
    const reaches = (rateOf: (config: (typeof configs)[number]) => number | null): boolean =>
      configs.every((config) => rateOf(config) === config.training.learning_rate);
    const names = configs[0]!.methods.flatMap((method) => Object.keys(method));
    const own = names.filter((name, at) => !reaches(({ methods }) => methods[at]![name]!.learning_rate));
    if (own.length === 0) return [];
    const { task } = configs[0]!;
    const hasHead = findTask(task).labels !== 'none' && reaches(({ training }) => training.head_learning_rate);
    const isIdle = own.length === names.length && !hasHead;
    const rates = own.length === 1 ? 'has a learning rate' : 'have learning rates';
    const harm = isIdle ? ', so all its values train the same' : '';
    const message = `${own.join(' and ')} ${rates} of ${own.length === 1 ? 'its' : 'their'} own, which ${key} does not change${harm}; remove it for an arm that is varied as the others are`;
    return [{ severity: 'warning', code: 'idle-rate', path: ['methods', index], message }];
  });
}

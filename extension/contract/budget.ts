import * as z from 'zod';

/** So much training, as `training.epochs` or `training.max_steps` measures it. */
export const budget = z.object({ amount: z.number().gt(0), unit: z.enum(['epochs', 'steps']) });
export type Budget = Readonly<z.infer<typeof budget>>;

/** Why a run that was given a budget stopped: it is there to go on later. */
export const budgetReached = 'stopped at the end of its budget';

/** Whether a run that has come so far has used its budget up. */
export const isUsedUp = ({ amount, unit }: Budget, done: { readonly step: number; readonly epoch: number }): boolean =>
  (unit === 'steps' ? done.step : done.epoch) >= amount;

import type { Sweep } from '../file/sweep.ts';
import type { Cell } from './cells.ts';
import { halvingCost } from './halving.ts';
import { halvingPlanOf } from './planSweep.ts';
import { fullBudget } from './sweepFindings.ts';

/** `halving at 1, 3, 9 epochs: 21 of 81 epochs for each arm and tuning seed`; undefined for a search without rungs. */
export function halvingText(sweep: Sweep, cell: Cell): string | undefined {
  const halving = halvingPlanOf(sweep, cell, 'higher');
  if (halving === undefined) return undefined;
  const { amount, unit } = fullBudget(cell.configs[0]!);
  const figure = (value: number): string => Number(value.toPrecision(6)).toLocaleString('en-US');
  const rungs = halving.rungs.map(figure).join(', ');
  return `halving at ${rungs} ${unit}: ${figure(halvingCost(halving))} of ${figure(halving.candidates * amount)} ${unit} for each arm and tuning seed`;
}

import { counted } from '../../problems/counted.ts';
import type { Finding } from '../../problems/finding.ts';
import type { Sweep } from '../file/sweep.ts';
import { seedsToShow } from '../statistics/enoughSeeds.ts';

/** How many pairs a sweep tests, all of its verdicts together. */
function comparisonsOf({ experiments, arms, grid, reference }: Sweep): number {
  const pairs = reference === undefined ? (arms.length * (arms.length - 1)) / 2 : arms.length - 1;
  return grid.reduce((product, { values }) => product * values.length, experiments.length) * pairs;
}

/** The least seeds of each arm with which a sweep can show a difference; undefined where it has too many comparisons for any. */
export const seedsNeeded = (sweep: Sweep): number | undefined => seedsToShow(comparisonsOf(sweep));

/** That a sweep trains for a verdict which nothing could change. */
export function fewSeeds(sweep: Sweep): readonly Finding[] {
  const comparisons = comparisonsOf(sweep);
  const enough = seedsToShow(comparisons);
  if (comparisons === 0 || (enough !== undefined && sweep.seeds.length >= enough)) return [];
  const cures: Finding['cures'] =
    enough === undefined ? [] : [{ do: 'set', text: String(enough), title: `Take ${enough} seeds` }];
  return [{ severity: 'warning', code: 'few-seeds', path: ['seeds'], message: fewSeedsText(comparisons), cures }];
}

/** That not even the clearest difference could be shown, and what to do. */
export function fewSeedsText(comparisons: number): string {
  const enough = seedsToShow(comparisons);
  const [why, cure] =
    enough === undefined
      ? ['at once', 'compare fewer arms, or name a reference']
      : ['with so few seeds', `take ${enough} seeds or more for each arm`];
  return `${counted(comparisons, 'comparison')} ${why} can show nothing, however large the difference; ${cure}`;
}

import { leastP } from './splits.ts';

/** Arms with fewer seeds are not tested: three against three can never differ by less than one chance in ten. */
export const fewestSeeds = 4;

/** Differences that chance makes more seldom than this count as shown. */
export const level = 0.05;

/** Seeds of which splits are drawn: p has an end then that further seeds do not move. */
const manySeeds = 20;

/**
 * The least number of seeds, of each arm, with which the clearest difference can be shown among so many comparisons; undefined
 * where there is none.
 */
export function seedsToShow(comparisons: number): number | undefined {
  const canShow = (seeds: number): boolean => leastP(seeds, seeds) * comparisons < level;
  if (!canShow(manySeeds)) return undefined;
  let enough = fewestSeeds;
  while (!canShow(enough)) enough++;
  return enough;
}

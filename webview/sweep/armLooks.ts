import type { SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { type LineLook, lineLook } from '../looks/palette.ts';

/** How an arm is drawn in every chart of its sweep: by its place in the sweep's file, so that no two look alike. */
export function armLooks({ cells }: Pick<SweepView, 'cells'>): (arm: string) => LineLook {
  const arms = [...new Set(cells.map(({ arm }) => arm))];
  return (arm) => lineLook(Math.max(0, arms.indexOf(arm)));
}

/**
 * Arms that are not told apart from the best one: the best itself, and those of which nothing else was shown. Without a
 * comparison with the best nothing is claimed.
 */
export function besideTheBest({ leaderboard, pairs }: VerdictView): ReadonlySet<string> {
  const best = leaderboard.find(({ spread }) => spread !== undefined)?.arm;
  if (best === undefined) return new Set();
  const open = pairs.filter(({ first, second, verdict }) => verdict === 'open' && [first, second].includes(best));
  return new Set([best, ...open.flatMap(({ first, second }) => [first, second])]);
}

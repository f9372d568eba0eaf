import type { SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { type LineLook, lineLook } from '../looks/palette.ts';

/** How an arm is drawn in every chart of its sweep: by its place in the sweep's file, so that no two look alike. */
export function armLooks({ cells }: Pick<SweepView, 'cells'>): (arm: string) => LineLook {
  const arms = [...new Set(cells.map(({ arm }) => arm))];
  return (arm) => lineLook(Math.max(0, arms.indexOf(arm)));
}

/** Arms that were compared with the best one and are not told apart from it. */
export function besideTheBest({ leaderboard, pairs }: VerdictView): readonly string[] {
  const best = leaderboard.find(({ spread }) => spread !== undefined)?.arm;
  const open = pairs.filter(({ verdict }) => verdict === 'open');
  return open.flatMap(({ first, second }) => (first === best ? [second] : second === best ? [first] : []));
}

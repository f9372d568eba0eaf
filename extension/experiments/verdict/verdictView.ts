import type { VerdictView } from '../../contract/sweepView.ts';
import type { Verdict } from './judge.ts';

/** A verdict as it passes between programs. */
export const verdictView = ({ question, leaderboard, pairs, warnings }: Verdict): VerdictView => ({
  metric: question.metric.name,
  split: question.split,
  title: question.title,
  ...(question.rowsDiffer && { rowsDiffer: true }),
  ...(question.reference !== undefined && { reference: question.reference }),
  leaderboard: leaderboard.map((row) => ({
    ...row,
    scores: [...row.scores],
    tuned: [...row.tuned],
  })),
  pairs: pairs.map((pair) => ({ ...pair, seeds: [...pair.seeds] })),
  warnings: [...warnings],
});

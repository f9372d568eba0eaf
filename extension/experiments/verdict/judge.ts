import { holm } from '../statistics/holm.ts';
import { leastP } from '../statistics/permutationTest.ts';
import { comparePair, type PairComparison } from './comparePair.ts';
import { type LeaderboardRow, leaderboardOf } from './leaderboard.ts';
import { newRowIntervals } from './newRowIntervals.ts';
import { type Question, scoresOf } from './question.ts';
import { type PairVerdict, pairSentence, verdictOf } from './sentences.ts';
import { warningsOf } from './warnings.ts';

/** A pair with what was shown of it. */
export interface JudgedPair extends PairComparison {
  /** p after Holm's adjustment for every comparison of the sweep. */
  readonly adjustedP: number | undefined;
  /** Of the first arm. */
  readonly verdict: PairVerdict;
  readonly sentence: string;
}

/** The answer to a question: how good each arm is, which differ, and what to be careful about. */
export interface Verdict {
  readonly question: Question;
  readonly leaderboard: readonly LeaderboardRow[];
  /** The better arm of the leaderboard first in each, or the reference second. */
  readonly pairs: readonly JudgedPair[];
  readonly warnings: readonly string[];
}

/** Judges the questions of one sweep together: every comparison of all of them counts when p values are adjusted. */
export function judge(questions: readonly Question[]): readonly Verdict[] {
  const compared = questions.map((question) => ({ question, ...comparisonsOf(question) }));
  const tested = compared.flatMap(({ pairs }) => pairs.filter(isTested));
  const adjusted = [...holm(tested.map(({ p }) => p!))];
  const within = [...holm(tested.map(({ seeds: [n, m] }) => leastP(n, m)))];
  return compared.map(({ question, leaderboard, pairs }) => ({
    question,
    leaderboard,
    pairs: pairs.map((pair): JudgedPair => {
      const adjustedP = pair.p === undefined ? undefined : adjusted.shift()!;
      const { metric, split } = question;
      const verdict = verdictOf(pair, adjustedP, metric);
      const words = { metric, split, verdict, adjustedP, comparisons: tested.length };
      return { ...pair, adjustedP, verdict, sentence: pairSentence(pair, words) };
    }),
    warnings: warningsOf(question, within.splice(0, pairs.filter(isTested).length), tested.length),
  }));
}

const isTested = ({ p }: PairComparison): boolean => p !== undefined;

function comparisonsOf(question: Question): {
  readonly leaderboard: readonly LeaderboardRow[];
  readonly pairs: readonly PairComparison[];
} {
  const { metric, reference } = question;
  const leaderboard = leaderboardOf(question);
  const ranked = leaderboard.map(({ arm }) => question.arms.find(({ name }) => name === arm)!);
  const standard = ranked.find(({ name }) => name === reference);
  const pairs =
    standard === undefined
      ? ranked.flatMap((first, i) => ranked.slice(i + 1).map((second) => [first, second] as const))
      : ranked.filter((arm) => arm !== standard).map((arm) => [arm, standard] as const);
  const newRows = newRowIntervals(question);
  return {
    leaderboard,
    pairs: pairs.map(([first, second]) =>
      comparePair(
        { ...first, scores: scoresOf(first) },
        { ...second, scores: scoresOf(second) },
        metric.direction ?? 'higher',
        newRows(first.name, second.name),
      ),
    ),
  };
}

import { holm } from '../statistics/holm.ts';
import { leastP } from '../statistics/splits.ts';
import { type ArmScores, comparePair, isTested, type PairComparison } from './comparePair.ts';
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
  const asked = questions.map((question) => ({ question, ...pairsOf(question) }));
  const tested = asked.flatMap(({ pairs }) => pairs.filter(([first, second]) => isTested(first, second)));
  const least = holm(tested.map(([first, second]) => leastP(first.scores.length, second.scores.length)));
  const leastOf = new Map(tested.map((pair, i) => [pair, least[i]!]));
  const compared = asked.map(({ question, pairs, ...rest }) => {
    const newRows = newRowIntervals(question, tested.length);
    const direction = question.metric.direction ?? 'higher';
    const compare = (pair: Pair): PairComparison => {
      const [first, second] = pair;
      const among = { comparisons: tested.length, leastP: leastOf.get(pair) };
      return comparePair(first, second, direction, newRows(first.name, second.name), among);
    };
    return { question, ...rest, leastPs: pairs.flatMap((pair) => leastOf.get(pair) ?? []), pairs: pairs.map(compare) };
  });
  const adjusted = [...holm(compared.flatMap(({ pairs }) => pairs.flatMap(({ p }) => p ?? [])))];
  return compared.map(({ question, leaderboard, pairs, leastPs }) => ({
    question,
    leaderboard,
    pairs: pairs.map((pair): JudgedPair => {
      const adjustedP = pair.p === undefined ? undefined : adjusted.shift()!;
      const { metric, split, rowsDiffer } = question;
      const verdict = verdictOf(pair, adjustedP, metric);
      const plannedOf = (name: string): number => leaderboard.find(({ arm }) => arm === name)!.planned;
      const planned = [plannedOf(pair.first), plannedOf(pair.second)] as const;
      const words = { metric, split, rowsDiffer, verdict, adjustedP, comparisons: tested.length, planned };
      return { ...pair, adjustedP, verdict, sentence: pairSentence(pair, words) };
    }),
    warnings: warningsOf(question, leastPs, tested.length),
  }));
}

type Pair = readonly [ArmScores, ArmScores];

/** Who is compared with whom. */
function pairsOf(question: Question): {
  readonly leaderboard: readonly LeaderboardRow[];
  readonly pairs: readonly Pair[];
} {
  const leaderboard = leaderboardOf(question);
  const ranked = leaderboard.map(({ arm: name }): ArmScores => {
    const arm = question.arms.find((one) => one.name === name)!;
    return { name, scores: scoresOf(arm), tokens: arm.tokens };
  });
  const standard = ranked.find(({ name }) => name === question.reference);
  const pairs =
    standard === undefined
      ? ranked.flatMap((first, i) => ranked.slice(i + 1).map((second): Pair => [first, second]))
      : ranked.filter((arm) => arm !== standard).map((arm): Pair => [arm, standard]);
  return { leaderboard, pairs };
}

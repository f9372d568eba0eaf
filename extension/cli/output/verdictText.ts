import type { JudgedPair, Verdict } from '../../experiments/verdict/judge.ts';
import type { LeaderboardRow } from '../../experiments/verdict/leaderboard.ts';
import type { PairDetails } from '../../experiments/verdict/pairDetails.ts';
import type { Question } from '../../experiments/verdict/question.ts';
import { pText } from '../../experiments/verdict/scoreText.ts';
import { chiefLines } from '../../experiments/verdict/verdictLines.ts';
import { counted } from '../../problems/counted.ts';
import { formatBytes, formatClock, formatCount, formatDeviation, terminalDigits } from '../../view/figures.ts';
import { metricText, table } from './format.ts';

/** Details of a pair, looked up when they are asked for. */
export type DetailsOf = (question: Question, pair: JudgedPair) => PairDetails;

/** A verdict as the terminal shows it: leaderboard, sentences about its pairs, warnings. */
export function verdictText({ question, leaderboard, pairs, warnings }: Verdict, detailsOf?: DetailsOf): string {
  const { metric, split, title } = question;
  const told = detailsOf
    ? pairs.flatMap((pair) => [`- ${pair.sentence}`, ...detailLines(question, pair, detailsOf)])
    : chiefLines(pairs, question.reference).map((text) => `- ${text}`);
  return [
    `${metric.title} on the ${split} rows of ${title}\n\n${leaderboardTable(question, leaderboard)}`,
    ...(told.length > 0 ? [`${told.join('\n')}\n`] : []),
    ...(warnings.length > 0 ? [`Note:\n${warnings.map((warning) => `- ${warning}\n`).join('')}`] : []),
  ].join('\n');
}

function leaderboardTable({ metric }: Question, rows: readonly LeaderboardRow[]): string {
  const score = (value: number | undefined): string => metricText(metric.name, value);
  const isTuned = rows.some(({ tuned }) => tuned.length > 0);
  return table(
    [
      'methods',
      'seeds',
      metric.short,
      '± sd',
      '95 % interval',
      'each seed',
      'tunable',
      'time',
      'memory',
      ...(isTuned ? ['tuned to'] : []),
    ],
    rows.map(({ arm, spread, scores, planned, tunable, tuned, seconds, peakBytes }) => [
      arm,
      `${scores.length}/${planned}`,
      score(spread?.mean),
      spread?.sd === undefined ? '–' : formatDeviation(spread.mean, spread.sd, metric.quantity, terminalDigits),
      spread?.interval === undefined ? '–' : `${score(spread.interval.low)} … ${score(spread.interval.high)}`,
      scores.map(({ score }) => metricText(metric.name, score).replace(/\u202f%$/, '')).join(' ') || '–',
      tunable === undefined ? '–' : formatCount(tunable),
      seconds === undefined ? '–' : formatClock(seconds),
      peakBytes === undefined ? '–' : formatBytes(peakBytes),
      ...(isTuned ? [tuned.join(', ') || '–'] : []),
    ]),
  );
}

function detailLines(question: Question, pair: JudgedPair, detailsOf: DetailsOf): readonly string[] {
  const { order, flips } = detailsOf(question, pair);
  const { first, second, better } = pair;
  return [
    ...(better === undefined
      ? []
      : [`  A run of ${first} is better than one of ${second} with a chance of ${(100 * better).toFixed(0)} %.`]),
    ...(order === undefined
      ? []
      : [
          `  Almost stochastic order: ε ${order.violation.toFixed(2)}, below ${order.upperBound.toFixed(2)} with 95 % confidence; ${first} counts as greater below 0.2.`,
        ]),
    ...flips.map(
      ({ seed, onlyFirst, onlySecond, bothRight, bothWrong, p }) =>
        `  Seed ${seed}: ${counted(onlyFirst.length, 'row')} right with ${first} alone, ${onlySecond.length} with ${second} alone (${pText(p)}), ${bothRight} with both, ${bothWrong} with neither.`,
    ),
  ];
}

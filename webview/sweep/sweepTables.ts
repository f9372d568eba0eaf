import type { SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { pValue, unitText } from '../../extension/experiments/verdict/scoreText.ts';
import { isShownBeyond } from '../../extension/experiments/verdict/sentences.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatDuration,
  formatQuantity,
} from '../../extension/view/figures.ts';
import type { TableCell, TextTable } from '../../extension/view/tableText.ts';

const none: TableCell = { text: '–' };
const cell = (value: number | undefined, textOf: (value: number) => string): TableCell =>
  value === undefined ? none : { text: textOf(value), exact: String(value) };

/** The leaderboard: score, spread and cost side by side. */
export function leaderboardTable({ metric, leaderboard }: VerdictView): TextTable {
  const { short, quantity } = metricOf(metric);
  const score = (value: number): string => formatQuantity(value, quantity);
  const spreadText = (value: number): string => formatDifference(value, quantity).replace('+', '');
  const isTuned = leaderboard.some(({ tuned }) => tuned.length > 0);
  const numbers = [short, '± sd', '95 % from', '95 % to', 'seeds', 'tunable', 'time', 'memory', 'kept'];
  return {
    columns: [
      { title: 'methods', isNumber: false },
      ...numbers.map((title) => ({ title, isNumber: true })),
      ...(isTuned ? [{ title: 'tuned to', isNumber: false }] : []),
    ],
    rows: leaderboard.map(({ arm, spread, scores, planned, tunable, tuned, seconds, peakBytes, costs }) => [
      { text: arm },
      cell(spread?.mean, score),
      cell(spread?.sd, spreadText),
      cell(spread?.interval?.low, score),
      cell(spread?.interval?.high, score),
      { text: `${scores.length}/${planned}` },
      cell(tunable, formatCount),
      cell(seconds, formatDuration),
      cell(peakBytes, formatBytes),
      cell(costs.kept?.spread.mean, formatBytes),
      ...(isTuned ? [{ text: tuned.join(', ') || '–' }] : []),
    ]),
  };
}

/** Every score of every seed, one line each: what the dots are. */
export function scoreTable({ metric, leaderboard }: VerdictView): TextTable {
  const { quantity, title } = metricOf(metric);
  return {
    columns: [
      { title: 'methods', isNumber: false },
      { title: 'seed', isNumber: true },
      { title, isNumber: true },
    ],
    rows: leaderboard.flatMap(({ arm, scores }) =>
      scores.map(({ seed, score }) => [
        { text: arm },
        { text: String(seed) },
        cell(score, (value) => formatQuantity(value, quantity)),
      ]),
    ),
  };
}

/** Every comparison with both intervals. */
export function pairTable({ metric, pairs }: VerdictView): TextTable {
  const facts = metricOf(metric);
  const difference = (value: number | undefined): TableCell =>
    cell(value, (known) => `${formatDifference(known, facts.quantity)}${unitText(facts)}`);
  const numbers = ['difference', 'these rows from', 'to', 'new rows from', 'to', 'p', 'P(better)'];
  return {
    columns: [
      { title: 'first', isNumber: false },
      { title: 'second', isNumber: false },
      ...numbers.map((title) => ({ title, isNumber: true })),
      { title: 'first is', isNumber: false },
    ],
    rows: pairs.map((pair) => [
      { text: pair.first },
      { text: pair.second },
      difference(pair.difference?.difference),
      difference(pair.difference?.interval.low),
      difference(pair.difference?.interval.high),
      difference(pair.newRows?.low),
      difference(pair.newRows?.high),
      cell(pair.adjustedP, pValue),
      cell(pair.better, (share) => share.toFixed(2)),
      { text: shownText(pair) },
    ]),
  };
}

/** What was shown of the first arm of a pair, and for which rows. */
function shownText(pair: VerdictView['pairs'][number]): string {
  if (pair.verdict === 'open') return 'not told apart';
  if (pair.verdict === 'untested') return 'not compared';
  const beyond = isShownBeyond(pair);
  return beyond === undefined ? pair.verdict : `${pair.verdict} for ${beyond ? 'new rows too' : 'these rows'}`;
}

/** Every tuning run. */
export function tuningTable({ cells, tuning }: Pick<SweepView, 'cells' | 'tuning'>, of: readonly number[]): TextTable {
  const tunings = tuning.filter(({ cell }) => of.includes(cell));
  const keys = tunings[0]?.points[0]?.settings.map(({ key }) => key) ?? [];
  const { quantity, title } = metricOf(tunings[0]?.metric ?? 'loss');
  return {
    columns: [
      { title: 'methods', isNumber: false },
      ...keys.map((key) => ({ title: key, isNumber: true })),
      { title: 'seed', isNumber: true },
      { title: `validation ${title}`, isNumber: true },
      { title: '', isNumber: false },
    ],
    rows: tunings.flatMap(({ cell: number, points, chosen }) =>
      points.flatMap(({ settings, scores, isDropped }, point) =>
        scores.map(({ seed, score }) => [
          { text: cells[number]!.arm },
          ...settings.map(({ value }) => ({ text: String(value) })),
          { text: String(seed) },
          score === null ? { text: 'failed' } : cell(score, (value) => formatQuantity(value, quantity)),
          { text: point === chosen ? 'chosen' : isDropped ? 'left behind' : '' },
        ]),
      ),
    ),
  };
}

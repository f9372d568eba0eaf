import type { MetricFacts } from '../../metrics/metric.ts';
import { counted } from '../../problems/counted.ts';
import { fewestSeeds, level, seedsToShow } from '../statistics/enoughSeeds.ts';
import type { Interval } from '../statistics/spread.ts';
import type { PairComparison } from './comparePair.ts';
import type { NewRows } from './newRowIntervals.ts';
import { decimalsOf, pText, signedText, sizeText, unitText } from './scoreText.ts';

/** What was shown of the first arm of a pair: `open` is neither better nor worse, `untested` has too few seeds to say. */
export type PairVerdict = 'better' | 'worse' | 'open' | 'untested';

/** The verdict over a pair, by its p after Holm's adjustment for all comparisons of the sweep. */
export function verdictOf(
  pair: PairComparison,
  adjustedP: number | undefined,
  { direction }: MetricFacts,
): PairVerdict {
  if (adjustedP === undefined || pair.difference === undefined) return 'untested';
  if (adjustedP >= level) return 'open';
  return pair.difference.difference > 0 === (direction !== 'lower') ? 'better' : 'worse';
}

/** What is said about a pair beside its numbers. */
interface PairWords {
  readonly metric: MetricFacts;
  readonly split: 'test' | 'validation';
  /** Whether each seed drew rows of its own. */
  readonly rowsDiffer: boolean;
  readonly verdict: PairVerdict;
  /** p after Holm's adjustment. */
  readonly adjustedP: number | undefined;
  /** Comparisons that it was adjusted for. */
  readonly comparisons: number;
  /** Seeds of each arm, those without a result included. */
  readonly planned: readonly [number, number];
}

/** One pair in words. */
export function pairSentence(pair: PairComparison, words: PairWords): string {
  const { seeds, difference } = pair;
  const both = `${pair.first} and ${pair.second}`;
  if (Math.min(...seeds) === 0)
    return `${both} are not compared: ${seeds[0] === 0 ? pair.first : pair.second} has no result.`;
  if (pair.otherTokens) return `${both} are not compared: ${words.metric.title} counts different tokens.`;
  if (words.verdict === 'untested' || difference === undefined) return untested(pair, words);
  const { metric, verdict, planned } = words;
  const rows = rowsText(words);
  const first = survivors(pair.first, seeds[0], planned[0]);
  const second = survivors(pair.second, seeds[1], planned[1]);
  const decimals = decimalsOf(metric, difference.interval);
  const range = rangeText(metric, difference.interval, decimals);
  const p = chance(words);
  if (verdict === 'open') {
    const beyond = pair.newRows === undefined ? '' : `, ${rangeText(metric, pair.newRows, decimals)} for new rows too`;
    const told = `${metric.title} ${range} for ${rows}${holdsNone(difference.interval) ? '' : `, ${supposed(words)}`}`;
    return `${first} and ${second} are not told apart: ${told}${beyond} (${p}). ${missed(pair, words, decimals)}`;
  }
  const by = `${metric.title} ${signedText(metric, difference.difference, decimals)}${unitText(metric)}`;
  // A seed that collapsed widens Welch's interval; the permutation test knows its rank, and not how far it fell.
  const size = holdsNone(difference.interval) ? `, though its size is uncertain: ${range}` : `, ${range}`;
  return `${first} is ${verdict} than ${second}: ${by}${size} for ${rows}${beyondText(pair, words, decimals)} (${p}).`;
}

/** `full (4 of 10 seeds)`: what is said of it holds for those of its seeds that have a result. */
const survivors = (arm: string, seeds: number, planned: number): string =>
  seeds < planned ? `${arm} (${seeds} of ${planned} seeds)` : arm;

/** `between +1.6 and +3.1 points`. */
function rangeText(metric: MetricFacts, { low, high }: Interval, decimals: number): string {
  const [from, to] = [signedText(metric, low, decimals), signedText(metric, high, decimals)];
  return `between ${from} and ${to}${unitText(metric)}`;
}

/** Whether no difference at all lies in an interval. */
const holdsNone = ({ low, high }: Interval): boolean => low <= 0 && high >= 0;

/** Why an interval leaves out 0 where p shows nothing. */
const supposed = ({ comparisons }: PairWords): string =>
  comparisons > 1 ? 'were it the only comparison' : 'where scores are normal, which p does not suppose';

/** Whether a difference that was shown for the rows that judged is shown for new ones too; undefined where nothing is known of those. */
export function isShownBeyond({ newRows, adjustedNewRows }: Partial<NewRows>): boolean | undefined {
  if (newRows === undefined) return undefined;
  return adjustedNewRows !== undefined && !holdsNone(newRows) && !holdsNone(adjustedNewRows);
}

/** What a difference that was shown says of rows that nobody has seen. */
function beyondText(pair: PairComparison, { metric }: PairWords, decimals: number): string {
  const { newRows } = pair;
  if (newRows === undefined) return '';
  const range = rangeText(metric, newRows, decimals);
  if (isShownBeyond(pair)) return `, ${range} for new rows too`;
  if (holdsNone(newRows)) return `, but ${range} for new rows, where it is not shown`;
  return `, but not shown for new rows: ${range}, were it the only comparison`;
}

/** The rows that an interval is about. Where each seed draws its own, an interval over seeds is one over rows as well. */
const rowsText = ({ split, rowsDiffer }: PairWords): string =>
  rowsDiffer ? `${split} rows that each seed draws` : `these ${split} rows`;

const chance = ({ adjustedP, comparisons }: PairWords): string =>
  `${pText(adjustedP!)}${comparisons > 1 ? ` after ${comparisons} comparisons` : ''}`;

/** What a comparison without a result could have shown, and what could show it. */
function missed(
  { seeds, detectable, seedsToTell, difference }: PairComparison,
  { metric, comparisons }: PairWords,
  decimals: number,
): string {
  const have = seeds[0] === seeds[1] ? `${counted(seeds[0], 'seed')} each` : `${seeds[0]} and ${seeds[1]} seeds`;
  if (difference!.standardError === 0) return `With ${have} there is no spread at all.`;
  const power =
    detectable === undefined
      ? `With ${have} no difference at all could be shown among ${comparisons.toLocaleString('en-US')} comparisons.`
      : `With ${have} and this spread a difference below ${sizeText(metric, detectable, decimals)}${unitText(metric)} is missed one time in five or more often.`;
  const shown = signedText(metric, difference!.difference, decimals);
  // Of a difference that reads as none nobody asks how many seeds would tell it.
  if (!/[1-9]/.test(shown)) return power;
  const seen = `${shown}${unitText(metric)}`;
  if (seedsToTell === undefined && seedsToShow(comparisons) === undefined) return power;
  if (seedsToTell === undefined) return `${power} The ${seen} seen would take more than 10,000 seeds to tell.`;
  if (seedsToTell <= Math.min(...seeds)) return power;
  return `${power} If ${seen} is the truth, ${seedsToTell.toLocaleString('en-US')} seeds each would tell.`;
}

function untested({ first, second, seeds, difference }: PairComparison, { metric }: PairWords): string {
  const [n, m] = seeds;
  const count = n === m ? `${counted(n, 'seed')} each` : `${n} and ${m} seeds`;
  const seen =
    difference === undefined
      ? ''
      : ` ${metric.title} ${signedText(metric, difference.difference, decimalsOf(metric, difference.interval))}${unitText(metric)} may be chance;`;
  return `${first} and ${second} are not compared:${seen} ${count} prove nothing, take ${fewestSeeds} or more.`;
}

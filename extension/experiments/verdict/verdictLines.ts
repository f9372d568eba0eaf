import { counted } from '../../problems/counted.ts';
import type { PairVerdict } from './sentences.ts';

/** What a verdict says in one line. */
interface VerdictLine {
  readonly text: string;
  readonly verdict: PairVerdict;
}

/** More pairs than this that were not compared are counted in one line: warnings say why of each arm. */
const mostUntested = 3;

/** What a verdict says of its pairs: a line each for those that were compared. */
export function verdictLines(
  pairs: readonly { readonly sentence: string; readonly verdict: PairVerdict }[],
): readonly VerdictLine[] {
  const lines = pairs.map(({ sentence, verdict }): VerdictLine => ({ text: sentence, verdict }));
  const tested = lines.filter(({ verdict }) => verdict !== 'untested');
  const untested = lines.length - tested.length;
  if (untested <= mostUntested) return lines;
  const others = tested.length === 0 ? 'pairs' : 'other pairs';
  return [...tested, { text: `${untested} ${others} are not compared, for the reasons below.`, verdict: 'untested' }];
}

/** More pairs than this are not all shown at once. */
const mostPairs = 6;

interface ComparedPair {
  readonly first: string;
  readonly second: string;
  readonly verdict: PairVerdict;
}

/**
 * The pairs of a large sweep that are shown at once: all with its reference, else with the best arm, and differences between others as
 * far as they are few. The best arm stands first in its pairs.
 */
export function chiefPairs<Pair extends ComparedPair>(
  pairs: readonly Pair[],
  reference: string | undefined,
): readonly Pair[] {
  if (pairs.length <= mostPairs) return pairs;
  const isOf = (arm: string | undefined, { first, second }: Pair): boolean => first === arm || second === arm;
  const chief = pairs.some((pair) => isOf(reference, pair)) ? reference : pairs[0]!.first;
  const differing = pairs.filter((pair) => !isOf(chief, pair) && isShown(pair));
  return pairs.filter((pair) => isOf(chief, pair) || (differing.length <= mostPairs && differing.includes(pair)));
}

const isShown = ({ verdict }: Pick<ComparedPair, 'verdict'>): boolean => verdict === 'better' || verdict === 'worse';

/** What a verdict says where the terminal shows it: the chief pairs, and how many others there are. */
export function chiefLines(
  pairs: readonly (ComparedPair & { readonly sentence: string })[],
  reference: string | undefined,
): readonly string[] {
  const tested = pairs.filter(({ verdict }) => verdict !== 'untested');
  const chief = new Set(chiefPairs(tested, reference));
  const others = tested.filter((pair) => !chief.has(pair));
  const differing = others.filter(isShown).length;
  const open = others.length - differing;
  const rest = [
    ...(open > 0 ? [`${counted(open, 'other pair')} ${open === 1 ? 'is' : 'are'} not told apart`] : []),
    ...(differing > 0 ? [`${counted(differing, 'other pair')} ${differing === 1 ? 'differs' : 'differ'}`] : []),
  ];
  return [
    ...verdictLines(pairs.filter((pair) => pair.verdict === 'untested' || chief.has(pair))).map(({ text }) => text),
    ...(rest.length > 0 ? [`${rest.join(', ')}; all with --details.`] : []),
  ];
}

/** What lists tell of a sweep: its chief pairs; of several questions first how many differences were shown, then each under its title. */
export function keptSentences(
  verdicts: readonly {
    readonly question: { readonly title: string; readonly reference: string | undefined };
    readonly pairs: readonly (ComparedPair & { readonly sentence: string })[];
  }[],
): readonly string[] {
  const told = verdicts.flatMap(({ question: { title, reference }, pairs }) =>
    chiefPairs(pairs, reference).map(({ sentence }) => (verdicts.length > 1 ? `${title}: ${sentence}` : sentence)),
  );
  if (verdicts.length < 2) return told;
  const all = verdicts.flatMap(({ pairs }) => pairs);
  const differing = all.filter(isShown).length;
  return [
    `${differing} of ${counted(all.length, 'comparison')} ${differing === 1 ? 'shows' : 'show'} a difference.`,
    ...told,
  ];
}

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

import { Random } from '../../numbers/random.ts';
import { almostStochasticOrder, type StochasticOrder } from '../statistics/almostStochasticOrder.ts';
import { type RowFlips, rowFlips } from '../statistics/rowFlips.ts';
import { rightRows } from './armFlips.ts';
import { areTokensAlike } from './judging.ts';
import { type ArmRun, type ArmRuns, type Question, scored } from './question.ts';

/** What is told of a pair to whoever asks for more. */
export interface PairDetails {
  /** Whether the first arm is almost always the better one; undefined where an arm has no scores, or other tokens. */
  readonly order: StochasticOrder | undefined;
  /** For each seed that both arms have: the rows that only one of them has right. */
  readonly flips: readonly (RowFlips & { readonly seed: number })[];
}

/** Compares two arms of a question beyond its verdict. */
export function pairDetails({ arms, metric, rowsDiffer }: Question, first: string, second: string): PairDetails {
  const [a, b] = [first, second].map((name) => arms.find((arm) => arm.name === name)!) as [ArmRuns, ArmRuns];
  const upwards = (arm: ArmRuns): readonly number[] =>
    scored(arm).map(({ score }) => (metric.direction === 'lower' ? -score : score));
  const known = scored(a).length > 0 && scored(b).length > 0 && areTokensAlike(a.tokens, b.tokens);
  return {
    order: known ? almostStochasticOrder(upwards(a), upwards(b), new Random(0, 'order', first, second)) : undefined,
    flips: rowsDiffer ? [] : bySharedSeed(a, b).flatMap(([one, other]) => flipsOf(one, other)),
  };
}

/** Runs of two arms that began alike: the same order of rows, the same first values of the head. */
function bySharedSeed(a: ArmRuns, b: ArmRuns): readonly (readonly [ArmRun, ArmRun])[] {
  const others = new Map(scored(b).map((run) => [run.seed, run]));
  return scored(a).flatMap((run) => {
    const other = others.get(run.seed);
    return other === undefined ? [] : [[run, other] as const];
  });
}

function flipsOf(first: ArmRun, second: ArmRun): readonly (RowFlips & { readonly seed: number })[] {
  const [a, b] = [rightRows(first), rightRows(second)];
  if (a === undefined || b === undefined || a.length !== b.length) return [];
  return [{ seed: first.seed, ...rowFlips(a, b) }];
}

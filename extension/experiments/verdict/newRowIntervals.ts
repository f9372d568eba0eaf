import { Random } from '../../numbers/random.ts';
import { level } from '../statistics/enoughSeeds.ts';
import { type Interval, tStretch } from '../statistics/spread.ts';
import { type ArmDraws, bootstrapInterval, randomResamples, twoWayBootstrap } from '../statistics/twoWayBootstrap.ts';
import { welchDifference } from '../statistics/welch.ts';
import { type Question, scored, scoresOf } from './question.ts';

/** Intervals of one arm's mean minus another's for new rows; undefined where outcomes of rows cannot tell. */
export interface NewRows {
  /** Of 95 %, were it the only comparison. */
  readonly newRows: Interval | undefined;
  /** Of 1 − 0.05 / comparisons: all pairs of a sweep of which this one leaves out 0 differ, but for one sweep of twenty. */
  readonly adjustedNewRows: Interval | undefined;
}

/**
 * Resamples rows and seeds together, once for all pairs. Undefined for arms of which a run has no outcomes, or only one
 * run counts, and where seeds judged different rows.
 */
export function newRowIntervals(
  { arms, scoreOfRows, rowsDiffer }: Question,
  comparisons: number,
): (first: string, second: string) => NewRows {
  const usable = arms.flatMap((arm) => {
    const outcomes = scored(arm).flatMap((run) => run.outcomes ?? []);
    return outcomes.length >= 2 && outcomes.length === scored(arm).length ? [{ arm, outcomes }] : [];
  });
  if (scoreOfRows === undefined || rowsDiffer || usable.length < 2) return () => unknown;
  const { values, width } = usable[0]!.outcomes[0]!;
  const counts = usable.map(({ outcomes }) => outcomes.length);
  const resamples = randomResamples(values.length / width, counts, new Random(0, 'bootstrap'));
  const draws = twoWayBootstrap(
    usable.map(({ outcomes }) => outcomes),
    scoreOfRows,
    resamples,
  );
  const known = new Map(usable.map(({ arm }, index) => [arm.name, { scores: scoresOf(arm), draws: draws[index]! }]));
  return (first, second) => {
    const [a, b] = [known.get(first), known.get(second)];
    if (a === undefined || b === undefined) return unknown;
    const newRows = intervalOf(a, b, level);
    return { newRows, adjustedNewRows: comparisons > 1 ? intervalOf(a, b, level / comparisons) : newRows };
  };
}

const unknown: NewRows = { newRows: undefined, adjustedNewRows: undefined };

interface KnownArm {
  readonly scores: readonly number[];
  readonly draws: ArmDraws;
}

/** Stretched so that with endless rows it would be Welch's interval. */
function intervalOf(a: KnownArm, b: KnownArm, level: number): Interval | undefined {
  const { df } = welchDifference(a.scores, b.scores);
  const stretch = (n: number): number => Math.sqrt(n / (n - 1)) * tStretch(df, level);
  return bootstrapInterval(a.draws, b.draws, { a: stretch(a.scores.length), b: stretch(b.scores.length) }, level);
}

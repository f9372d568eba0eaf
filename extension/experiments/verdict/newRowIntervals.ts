import { Random } from '../../numbers/random.ts';
import { type Interval, tStretch } from '../statistics/spread.ts';
import { type ArmDraws, bootstrapInterval, randomResamples, twoWayBootstrap } from '../statistics/twoWayBootstrap.ts';
import { welchDifference } from '../statistics/welch.ts';
import { type Question, scored, scoresOf } from './question.ts';

/** The interval of one arm's mean minus another's for new rows; undefined where outcomes of rows cannot tell. */
type NewRowInterval = (first: string, second: string) => Interval | undefined;

/**
 * Resamples rows and seeds together, once for all pairs. Undefined for arms of which a run has no outcomes, or only one
 * run counts, and where seeds judged different rows.
 */
export function newRowIntervals({ arms, scoreOfRows, rowsDiffer }: Question): NewRowInterval {
  const usable = arms.flatMap((arm) => {
    const outcomes = scored(arm).flatMap((run) => run.outcomes ?? []);
    return outcomes.length >= 2 && outcomes.length === scored(arm).length ? [{ arm, outcomes }] : [];
  });
  if (scoreOfRows === undefined || rowsDiffer || usable.length < 2) return () => undefined;
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
    return a === undefined || b === undefined ? undefined : intervalOf(a, b);
  };
}

interface KnownArm {
  readonly scores: readonly number[];
  readonly draws: ArmDraws;
}

/** Stretched so that with endless rows it would be Welch's interval. */
function intervalOf(a: KnownArm, b: KnownArm): Interval {
  const { df } = welchDifference(a.scores, b.scores);
  const stretch = (n: number): number => Math.sqrt(n / (n - 1)) * tStretch(df);
  return bootstrapInterval(a.draws, b.draws, { a: stretch(a.scores.length), b: stretch(b.scores.length) });
}

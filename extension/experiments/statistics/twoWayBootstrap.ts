import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Random } from '../../numbers/random.ts';
import { type Interval, shiftedMean, varianceOf } from './spread.ts';

/** What one run did on each row: `[label, predicted]` for classes. */
export interface RowValues {
  /** Numbers a row has. */
  readonly width: number;
  /** Row by row. */
  readonly values: ArrayLike<number>;
}

/**
 * A metric over rows: given runs that judged the same rows, what tells the score of each with a row counted as often as `counts`
 * says. It is asked thousands of times, so what does not depend on the counts is done before.
 */
export type ScoreOfRows = (runs: readonly RowValues[]) => (counts: ArrayLike<number>) => readonly number[];

/** One resample: how often each row was drawn, and for each arm which of its runs. */
export interface Resample {
  readonly rowCounts: ArrayLike<number>;
  readonly runs: readonly (readonly number[])[];
}

/** Mean scores of one arm over all resamples. */
export interface ArmDraws {
  /** Of all its runs, on the rows drawn. */
  readonly all: Float64Array;
  /** Of the runs drawn, minus that of all. */
  readonly deviation: Float64Array;
}

/** Draws for an interval of 95 %: its ends then move by a few hundredths of its width from one seed to the next. */
const defaultDraws = 10_000;

/** Fewer draws than this beyond an end say little of where it is: 10,000 have as many for 25 comparisons together. */
const fewestBeyond = 10;

/** Of a metric that has no value on more of the resamples than this, those where it has one say too little. */
const mostWithoutScore = 0.05;

/** Resamples of rows, drawn once for all arms because all arms judge the same rows, and of each arm's own runs. */
export function* randomResamples(
  rows: number,
  runsByArm: readonly number[],
  random: Random,
  draws: number = defaultDraws,
): Generator<Resample> {
  for (let draw = 0; draw < draws; draw++) {
    const rowCounts = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) rowCounts[random.nextInt(rows)]!++;
    yield { rowCounts, runs: runsByArm.map((n) => Array.from({ length: n }, () => random.nextInt(n))) };
  }
}

/**
 * Scores of every arm under every resample of rows and runs together, so that both chances are in the differences: which
 * seeds were taken and which rows the test file happens to have.
 * @param arms of each arm, the outcomes of its runs on the same rows
 * @throws RangeError when runs have different numbers of rows.
 * @see Sellam et al., "The MultiBERTs: BERT Reproductions for Robustness Analysis", arXiv 2106.16163, section 4
 */
export function twoWayBootstrap(
  arms: readonly (readonly RowValues[])[],
  scoreOf: ScoreOfRows,
  resamples: Iterable<Resample>,
): readonly ArmDraws[] {
  const runs = arms.flat();
  const rows = rowCountOf(runs);
  const kinds = kindsOfRows(runs, rows);
  const scoresFor = scoreOf(runs.map((run) => ofKinds(run, kinds.first)));
  const draws = arms.map(() => ({ all: [] as number[], deviation: [] as number[] }));
  const counts = new Float64Array(kinds.first.length);
  for (const resample of resamples) {
    counts.fill(0);
    for (let row = 0; row < rows; row++) counts[kinds.of[row]!]! += resample.rowCounts[row]!;
    const scores = scoresFor(counts);
    let start = 0;
    for (const [index, arm] of arms.entries()) {
      let sum = 0;
      for (let run = 0; run < arm.length; run++) sum += scores[start + run]!;
      const all = sum / arm.length;
      const drawn = resample.runs[index]!;
      draws[index]!.all.push(all);
      draws[index]!.deviation.push(drawn.reduce((sum, run) => sum + scores[start + run]!, 0) / drawn.length - all);
      start += arm.length;
    }
  }
  return draws.map(({ all, deviation }) => ({ all: Float64Array.from(all), deviation: Float64Array.from(deviation) }));
}

/**
 * Percentile interval of the first arm's mean minus the second's, at the confidence 1 − α; where too few draws lie beyond its ends, the
 * normal one of their mean and spread. Undefined where the metric has no value on too many resamples, as a correlation has none on
 * rows of one number.
 *
 * Resampling n runs shows only √((n − 1)/n) of the spread that they let expect, and its percentiles have the tails of a
 * normal distribution where few runs call for Student's. So the runs' deviations are stretched: by `stretch` 1 it is the plain
 * bootstrap, by √(n/(n − 1)) · t/z, with endless rows, Welch's interval.
 * @param level α
 */
export function bootstrapInterval(
  a: ArmDraws,
  b: ArmDraws,
  stretch: { readonly a: number; readonly b: number },
  level: number,
): Interval | undefined {
  const drawn = a.all.map((all, i) => all + stretch.a * a.deviation[i]! - b.all[i]! - stretch.b * b.deviation[i]!);
  const differences = drawn.filter(Number.isFinite).sort();
  if (differences.length < (1 - mostWithoutScore) * drawn.length) return undefined;
  const tail = level / 2;
  if (tail * differences.length < fewestBeyond) {
    const values = [...differences];
    const half = normalQuantile(1 - tail, 0, 1) * Math.sqrt(varianceOf(values));
    return { low: shiftedMean(values) - half, high: shiftedMean(values) + half };
  }
  const at = (share: number): number => differences[Math.max(0, Math.ceil(share * differences.length - 1e-9) - 1)]!;
  return { low: at(tail), high: at(1 - tail) };
}

function rowCountOf(runs: readonly RowValues[]): number {
  const counts = [...new Set(runs.map(({ values, width }) => values.length / width))];
  if (counts.length !== 1)
    throw new RangeError(
      `bootstrap: all runs must judge the same rows, got runs of ${counts.sort().join(' and ')} rows`,
    );
  return counts[0]!;
}

/** Rows that no run tells apart are drawn and weighed as one: with right and wrong alone they are most. */
function kindsOfRows(runs: readonly RowValues[], rows: number): { readonly of: Uint32Array; readonly first: number[] } {
  const known = new Map<string, number>();
  const first: number[] = [];
  const of = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const key = runs.map((run) => rowOf(run, row).join()).join(';');
    const kind = known.get(key) ?? known.size;
    if (kind === known.size) {
      known.set(key, kind);
      first.push(row);
    }
    of[row] = kind;
  }
  return { of, first };
}

const rowOf = ({ values, width }: RowValues, row: number): number[] =>
  Array.from({ length: width }, (_, i) => values[row * width + i]!);

const ofKinds = (run: RowValues, rows: readonly number[]): RowValues => ({
  width: run.width,
  values: Float64Array.from(rows.flatMap((row) => rowOf(run, row))),
});

import { classScore } from '../../metrics/confusionMatrix.ts';
import type { Metric, OutcomeKind, Outcomes } from '../../metrics/metric.ts';
import { metrics } from '../../metrics/registry.ts';
import type { RowKind } from '../../metrics/rowOutcomes.ts';
import type { RowValues, ScoreOfRows } from '../statistics/twoWayBootstrap.ts';

/** Of runs that judged the same rows, each one's outcome over rows with weights. */
type Gather<K extends OutcomeKind> = (
  runs: readonly RowValues[],
) => (counts: ArrayLike<number>) => readonly Outcomes[K][];

const gather = { classes: countClasses, pairs: sumPairs, spans: sumSpans } satisfies { [K in OutcomeKind]?: Gather<K> };

/** What rows with weights add up to. A metric that needs every number, to rank them, cannot be computed thousands of times. */
const summed = { classes: 'classes', numbers: 'pairs', spans: 'spans' } as const satisfies Record<RowKind, OutcomeKind>;

/** A metric over rows with weights; undefined where sums over rows of this kind do not make it up. */
export function rowScore(metric: string, kind: RowKind): ScoreOfRows | undefined {
  const found: Metric | undefined = metrics.find(({ name }) => name === metric);
  const compute = found?.compute?.[summed[kind]];
  if (compute === undefined) return undefined;
  return (runs) => {
    const outcomes = gather[summed[kind]](runs);
    return (counts) => outcomes(counts).map((outcome) => compute(outcome as never));
  };
}

/**
 * Class counts without a matrix, of which few cells would be filled. Right rows are most, and rows' own classes are the same in all
 * runs: those are counted once, and a run corrects them where it is wrong.
 */
function countClasses(runs: readonly RowValues[]): ReturnType<Gather<'classes'>> {
  const classes = 1 + runs.reduce((most, { values }) => maximum(values, most), 0);
  const labels = columnsOf(runs, 0);
  const predictions = columnsOf(runs, 1);
  const mistakes = runs.map((_, run) => mistakesOf(labels[run]!, predictions[run]!));
  return (counts) => {
    const supports = new Map([...new Set(labels)].map((own) => [own, tally(own, counts, classes)]));
    return labels.map((own, run) => {
      const support = supports.get(own)!;
      const [hits, predicted] = [support.slice(), support.slice()];
      const { rows, pairOf, pairs } = mistakes[run]!;
      const missed = new Float64Array(pairs.length);
      for (let i = 0; i < rows.length; i++) missed[pairOf[i]!]! += counts[rows[i]!]!;
      for (const [pair, { label, guess }] of pairs.entries()) {
        hits[label]! -= missed[pair]!;
        predicted[label]! -= missed[pair]!;
        predicted[guess]! += missed[pair]!;
      }
      const scores = [];
      for (let c = 0; c < classes; c++) {
        const counts = { hits: hits[c]!, support: support[c]!, predicted: predicted[c]! };
        if (counts.support + counts.predicted > 0) scores.push(classScore(counts));
      }
      return { total: sumOf(support), hits: sumOf(hits), scores };
    });
  };
}

/** The rows that a run has wrong, each with the number of its pair of class and prediction. */
function mistakesOf(labels: Float64Array, predictions: Float64Array) {
  const pairs: { readonly label: number; readonly guess: number }[] = [];
  const known = new Map<string, number>();
  const rows = Uint32Array.from(labels.keys()).filter((row) => labels[row] !== predictions[row]);
  const pairOf = rows.map((row) => {
    const [label, guess] = [labels[row]!, predictions[row]!];
    const key = `${label} ${guess}`;
    if (!known.has(key)) known.set(key, pairs.push({ label, guess }) - 1);
    return known.get(key)!;
  });
  return { rows, pairOf, pairs };
}

/** How much each class counts. */
function tally(labels: Float64Array, counts: ArrayLike<number>, classes: number): Float64Array {
  const sums = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) sums[labels[row]!]! += counts[row]!;
  return sums;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** Sums over pairs of numbers; those of the true ones alone are the same in runs that judged the same. */
function sumPairs(runs: readonly RowValues[]): ReturnType<Gather<'pairs'>> {
  const [truths, predictions] = [0, 1].map((column) => {
    const columns = columnsOf(runs, column);
    const known = new Map([...new Set(columns)].map((values) => [values, aboutMiddle(values)]));
    return columns.map((values) => known.get(values)!);
  }) as [AboutMiddle[], AboutMiddle[]];
  const weights = new Float64Array(truths[0]!.values.length);
  return (counts) => {
    weights.set(counts);
    const count = sumOf(weights);
    const ofTruth = new Map([...new Set(truths)].map((truth) => [truth, weigh(weights, truth.values, truth.values)]));
    return predictions.map(({ origin, values }, run) => {
      const truth = truths[run]!;
      const ofTruths = ofTruth.get(truth)!;
      const own = weigh(weights, values, truth.values);
      return {
        count,
        truth: ofTruths.sum,
        predicted: own.sum,
        truthSquares: ofTruths.squares,
        predictedSquares: own.squares,
        products: own.products,
        shift: origin - truth.origin,
      };
    });
  };
}

interface AboutMiddle {
  readonly origin: number;
  /** Less the origin. */
  readonly values: Float64Array;
}

/** The middle is a value that occurs, so that numbers which are all the same are zero. */
function aboutMiddle(values: Float64Array): AboutMiddle {
  const origin = values.toSorted()[values.length >> 1]!;
  const evenly = new Float64Array(even(values.length));
  evenly.set(values.map((value) => value - origin));
  return { origin, values: evenly };
}

const even = (rows: number): number => rows + (rows % 2);

/** Σwx, Σwx² and Σwxy of an even number of rows, two at a time: one addition need not wait for the other. */
function weigh(weights: Float64Array, x: Float64Array, y: Float64Array) {
  let sum = 0;
  let squares = 0;
  let products = 0;
  let otherSum = 0;
  let otherSquares = 0;
  let otherProducts = 0;
  for (let row = 0; row < x.length; row += 2) {
    const first = weights[row]! * x[row]!;
    sum += first;
    squares += first * x[row]!;
    products += first * y[row]!;
    const second = weights[row + 1]! * x[row + 1]!;
    otherSum += second;
    otherSquares += second * x[row + 1]!;
    otherProducts += second * y[row + 1]!;
  }
  return { sum: sum + otherSum, squares: squares + otherSquares, products: products + otherProducts };
}

/** Sums over sentences: those of the first run, which the others correct where they differ from it. */
function sumSpans(runs: readonly RowValues[]): ReturnType<Gather<'spans'>> {
  const rows = rowsOf(runs);
  const columns = Array.from({ length: runs[0]!.width }, (_, column) => columnsOf(runs, column));
  const differing = columns.map((of) => of.map((own) => rows.filter((row) => own[row] !== of[0]![row])));
  return (counts) => {
    const bases = columns.map(([first]) => rows.reduce((sum, row) => sum + counts[row]! * first![row]!, 0));
    return runs.map((_, run) => {
      const sum = (column: number): number => {
        const [own, first] = [columns[column]![run]!, columns[column]![0]!];
        let sum = bases[column]!;
        for (const row of differing[column]![run]!) sum += counts[row]! * (own[row]! - first[row]!);
        return sum;
      };
      return { expected: sum(0), predicted: sum(1), hits: sum(2), tags: sum(3), rightTags: sum(4) };
    });
  };
}

const rowsOf = ([first]: readonly RowValues[]): readonly number[] =>
  Array.from({ length: first!.values.length / first!.width }, (_, row) => row);

/** One number of every row, for each run; equal columns are one and the same. */
function columnsOf(runs: readonly RowValues[], column: number): readonly Float64Array[] {
  const known = new Map<string, Float64Array>();
  return runs.map(({ values, width }) => {
    const own = Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + column]!);
    const key = own.join();
    if (!known.has(key)) known.set(key, own);
    return known.get(key)!;
  });
}

function maximum(values: ArrayLike<number>, least: number): number {
  let most = least;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}

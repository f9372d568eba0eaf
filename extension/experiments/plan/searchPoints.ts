import { Random } from '../../numbers/random.ts';
import { isRange, type Search, type TunedAxis, type Tuning } from '../file/sweep.ts';
import { takesWholeNumbers } from '../file/sweepKeys.ts';
import type { SweepValue, ValueRange } from '../file/sweepSchema.ts';

/** A value given to a config key, as `--set` gives it. */
interface Setting {
  readonly key: string;
  readonly value: SweepValue;
}

/** One combination of tuned values. */
export type Point = readonly Setting[];

/** Each `training.learning_rate 0.001`. */
export const settingTexts = (point: Point): string[] => point.map(({ key, value }) => `${key} ${String(value)}`);

/** Every combination of the axes' values, the last axis innermost; one empty combination for no axis. */
export function crossed(axes: readonly { readonly key: string; readonly values: readonly SweepValue[] }[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { key, values }) => points.flatMap((point) => values.map((value) => [...point, { key, value }])),
    [[]],
  );
}

/**
 * The combinations that one arm is tuned over. Random ones depend on the search's seed, the arm's name and their own number
 * alone: more of them, or other arms, change none of those before.
 */
export function pointsOf({ axes, search }: Tuning, arm: string): readonly Point[] {
  const drawn = drawnPoints(search);
  if (drawn === undefined) return crossed(axes.map(({ key, values }) => ({ key, values: gridValues(key, values) })));
  const all = axes.map(({ key, values }) => ({ key, values: drawableValues(key, values) }));
  const combinations = combinationsOf(all);
  const wanted = Math.min(drawn.runs, combinations);
  const points = new Map<string, Point>();
  /** @returns whether it was not there yet */
  const add = (point: Point): boolean => {
    const before = points.size;
    const identity = JSON.stringify(point.map(({ value }) => value));
    if (!points.has(identity)) points.set(identity, point);
    return points.size > before;
  };
  // A few values have few combinations: what comes again is drawn again, until hardly any can be left.
  const patience = 20 * Math.min(combinations, mostRuns);
  for (let [index, repeats] = [0, 0]; points.size < wanted && repeats < patience; index++) {
    const random = new Random(drawn.seed, 'sweep', arm, index);
    const point = axes.map(({ key, values }) => ({ key, value: drawValue(key, values, random) }));
    repeats = add(point) ? 0 : repeats + 1;
  }
  // The rest comes in order, among it the ends of ranges, which are hardly ever drawn.
  if (points.size < wanted) crossed(all).forEach(add);
  return [...points.values()].slice(0, wanted);
}

/** How many combinations `pointsOf` gives, the same for every arm. */
export function pointCount({ axes, search }: Tuning): number {
  const drawn = drawnPoints(search);
  const valuesOf = drawn === undefined ? gridValues : drawableValues;
  const combinations = combinationsOf(axes.map(({ key, values }) => ({ values: valuesOf(key, values) })));
  return Math.min(drawn?.runs ?? Number.POSITIVE_INFINITY, combinations);
}

function drawnPoints(search: Search): { readonly runs: number; readonly seed: number } | undefined {
  if (search.kind === 'grid' || search.runs === undefined) return undefined;
  return { runs: search.runs, seed: search.seed };
}

const combinationsOf = (axes: readonly { readonly values: readonly SweepValue[] }[]): number =>
  axes.reduce((product, { values }) => product * values.length, 1);

/** The values of a list, or `count` of a range. */
const gridValues = (key: string, values: TunedAxis['values']): readonly SweepValue[] =>
  isRange(values) ? spread(key, values, values.count ?? 2) : values;

/** The most runs that a search may have, and so many samples of a range that all its values are there if they are fewer. */
const mostRuns = 1000;
const samples = 10 * mostRuns;

/** The values that random search can take: all of them where there are few, else more than it has runs. */
const drawableValues = (key: string, values: TunedAxis['values']): readonly SweepValue[] =>
  isRange(values) ? spread(key, values, samples) : values;

/** Values at equal distances, or equal ratios with `scale: log`, both ends included, each once. */
function spread(key: string, range: ValueRange, count: number): readonly number[] {
  const isWhole = takesWholeNumbers(key);
  return [...new Set(Array.from({ length: count }, (_, i) => atShare(range, isWhole, i / (count - 1))))];
}

function drawValue(key: string, values: TunedAxis['values'], random: Random): SweepValue {
  if (!isRange(values)) return values[random.nextInt(values.length)]!;
  const isWhole = takesWholeNumbers(key);
  if (isWhole && values.scale === 'linear') {
    const least = Math.ceil(values.from);
    return least + random.nextInt(Math.floor(values.to) - least + 1);
  }
  return atShare(values, isWhole, random.nextFloat());
}

/** The value that lies at a share of the way from one end to the other. */
function atShare({ from, to, scale }: ValueRange, isWhole: boolean, share: number): number {
  const value = scale === 'linear' ? from + (to - from) * share : from * (to / from) ** share;
  if (isWhole) return Math.min(Math.floor(to), Math.max(Math.ceil(from), Math.round(value)));
  if (share === 0 || share === 1) return share === 0 ? from : to;
  // Three digits are enough for a rate, and the same on every machine, which powers are not to the last bit.
  return Math.min(to, Math.max(from, Number(value.toPrecision(3))));
}

import { infoAt } from '../../config/schema/keyTable.ts';
import { Random } from '../../numbers/random.ts';
import type { Search, TunedAxis, Tuning } from '../file/sweep.ts';
import type { SweepValue, ValueRange } from '../file/sweepSchema.ts';

/** A value given to a config key, as `--set` gives it. */
export interface Setting {
  readonly key: string;
  readonly value: SweepValue;
}

/** One combination of tuned values. */
export type Point = readonly Setting[];

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
  const points = new Map<string, Point>();
  // A few values have few combinations: what comes again is drawn again, until all are there.
  for (let index = 0; points.size < Math.min(drawn.runs, mostCombinations(axes)); index++) {
    const random = new Random(drawn.seed, 'sweep', arm, index);
    const point = axes.map(({ key, values }) => ({ key, value: drawValue(key, values, random) }));
    const identity = JSON.stringify(point.map(({ value }) => value));
    if (!points.has(identity)) points.set(identity, point);
  }
  return [...points.values()];
}

/** How many combinations `pointsOf` gives, the same for every arm. */
export function pointCount(tuning: Tuning): number {
  const drawn = drawnPoints(tuning.search);
  return Math.min(drawn?.runs ?? Number.POSITIVE_INFINITY, mostCombinations(tuning.axes, drawn === undefined));
}

function drawnPoints(search: Search): { readonly runs: number; readonly seed: number } | undefined {
  if (search.kind === 'grid' || search.runs === undefined) return undefined;
  return { runs: search.runs, seed: search.seed };
}

/** Of a range, all values that it can be drawn as: infinitely many unless they are whole numbers. */
function mostCombinations(axes: readonly TunedAxis[], asGrid = false): number {
  return axes.reduce((product, { key, values }) => {
    if (!isRange(values)) return product * values.length;
    if (asGrid) return product * gridValues(key, values).length;
    return product * (isWhole(key) ? Math.floor(values.to) - Math.ceil(values.from) + 1 : Number.POSITIVE_INFINITY);
  }, 1);
}

/** The values of a list, or `count` of a range at equal distances, or equal ratios with `scale: log`, both ends included. */
function gridValues(key: string, values: TunedAxis['values']): readonly SweepValue[] {
  if (!isRange(values)) return values;
  const count = values.count ?? 2;
  const spread = Array.from({ length: count }, (_, i) => atShare(key, values, i / (count - 1)));
  return [...new Set(spread)];
}

function drawValue(key: string, values: TunedAxis['values'], random: Random): SweepValue {
  if (!isRange(values)) return values[random.nextInt(values.length)]!;
  if (isWhole(key) && values.scale === 'linear') {
    const least = Math.ceil(values.from);
    return least + random.nextInt(Math.floor(values.to) - least + 1);
  }
  return atShare(key, values, random.nextFloat());
}

/** The value that lies at a share of the way from one end to the other. */
function atShare(key: string, { from, to, scale }: ValueRange, share: number): number {
  if (share === 0 || share === 1) return share === 0 ? from : to;
  const value = scale === 'linear' ? from + (to - from) * share : from * (to / from) ** share;
  // Three digits are enough for a rate, and the same on every machine, which powers are not to the last bit.
  const short = Number(value.toPrecision(3));
  return Math.min(to, Math.max(from, isWhole(key) ? Math.round(value) : short));
}

const isRange = (values: TunedAxis['values']): values is ValueRange => 'from' in values;

/** Whether a config key takes whole numbers alone. */
const isWhole = (key: string): boolean => infoAt(key.split('.'))?.rule.startsWith('a whole number') ?? false;

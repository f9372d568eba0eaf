import { meanAndDeviation } from '../../extension/view/meanAndDeviation.ts';
import { lowerBound } from './decimate.ts';

export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

interface Band {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  /** Sample standard deviation (n − 1); NaN where fewer than two runs have a value. */
  readonly deviation: Float64Array;
}

const mostPoints = 2000;

/** Linear between neighbours; NaN outside. */
function valueAt({ x, y }: Points, at: number): number {
  const right = lowerBound(x, at);
  if (right === x.length) return Number.NaN;
  if (x[right] === at) return y[right]!;
  if (right === 0) return Number.NaN;
  const share = (at - x[right - 1]!) / (x[right]! - x[right - 1]!);
  return y[right - 1]! + share * (y[right]! - y[right - 1]!);
}

const cache = new WeakMap<Float64Array, { members: readonly Points[]; band: Band }>();

/** Mean and spread of runs that differ only in seed, on the x values of the longest of them (thinned to 2,000). */
export function seedBand(members: readonly Points[]): Band {
  const longest = members.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  const known = cache.get(longest.y);
  if (
    known?.members.length === members.length &&
    known.members.every((points, index) => points.x === members[index]!.x && points.y === members[index]!.y)
  ) {
    return known.band;
  }
  const stride = Math.max(1, Math.ceil(longest.x.length / mostPoints));
  const x = longest.x.filter((_, index) => index % stride === 0 || index === longest.x.length - 1);
  const mean = new Float64Array(x.length).fill(Number.NaN);
  const deviation = new Float64Array(x.length).fill(Number.NaN);
  for (let i = 0; i < x.length; i += 1) {
    const values = members.map((points) => valueAt(points, x[i]!)).filter((value) => Number.isFinite(value));
    if (values.length === 0) continue;
    const statistics = meanAndDeviation(values);
    mean[i] = statistics.mean;
    deviation[i] = statistics.deviation;
  }
  const band = { x, mean, deviation };
  cache.set(longest.y, { members, band });
  return band;
}

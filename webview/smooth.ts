const cache = new WeakMap<Float64Array, { x: Float64Array; smoothing: number; smoothed: Float64Array }>();

/** The strongest smoothing halves an old value's weight over this share of the x range. */
const longestHalfLife = 0.1;

/**
 * Exponential moving average over x, corrected for its start: y'ᵢ = Σⱼ wⱼ yⱼ / Σⱼ wⱼ, j ≤ i, wⱼ = 2^(−(xᵢ − xⱼ)/h),
 * with the half-life h = smoothing² · 10 % of the x range. Weighing by distance makes dense and sparse runs equally
 * smooth. NaN stays NaN and weighs nothing.
 *
 * @param x float64[n], ascending
 * @param y float64[n]
 * @param smoothing 0 (none) … 1
 * @returns float64[n]; `y` itself when there is nothing to do
 */
export function smooth(x: Float64Array, y: Float64Array, smoothing: number): Float64Array {
  if (smoothing === 0 || y.length < 3) return y;
  const known = cache.get(y);
  if (known?.smoothing === smoothing && known.x === x) return known.smoothed;
  const halfLife = smoothing * smoothing * longestHalfLife * (x[x.length - 1]! - x[0]!);
  const smoothed = new Float64Array(y.length);
  let total = 0;
  let weight = 0;
  let lastGap = Number.NaN;
  let decay = 0;
  for (let i = 0; i < y.length; i += 1) {
    const gap = i === 0 ? 0 : x[i]! - x[i - 1]!;
    if (gap !== lastGap) {
      decay = halfLife > 0 ? 2 ** (-gap / halfLife) : 0;
      lastGap = gap;
    }
    total *= decay;
    weight *= decay;
    const value = y[i]!;
    if (Number.isFinite(value)) {
      total += value;
      weight += 1;
      smoothed[i] = total / weight;
    } else {
      smoothed[i] = value;
    }
  }
  cache.set(y, { x, smoothing, smoothed });
  return smoothed;
}

const cache = new WeakMap<Float64Array, { x: Float64Array; smoothing: number; smoothed: Float64Array }>();

/** The strongest smoothing halves a value's weight over this share of the x range. */
const longestHalfLife = 0.05;

/**
 * Exponentially weighted mean over both sides, so that curves do not lag: y'ᵢ = Σⱼ wⱼ yⱼ / Σⱼ wⱼ,
 * wⱼ = 2^(−|xᵢ − xⱼ| / h), with the half-life h = smoothing² · 5 % of the x range. Weighing by distance makes dense and
 * sparse runs equally smooth. NaN stays NaN and weighs nothing.
 *
 * @param x float64[n], ascending
 * @param y float64[n]
 * @param smoothing 0 (none) … 1
 * @returns float64[n]; `y` itself when there is nothing to do
 */
export function smooth(x: Float64Array, y: Float64Array, smoothing: number): Float64Array {
  const n = y.length;
  if (smoothing === 0 || n < 3) return y;
  const known = cache.get(y);
  if (known?.smoothing === smoothing && known.x === x) return known.smoothed;
  const halfLife = smoothing * smoothing * longestHalfLife * (x[n - 1]! - x[0]!);
  // Forward sums and weights of all earlier values, own one included; then the later ones on the way back.
  const sums = new Float64Array(n);
  const weights = new Float64Array(n);
  let sum = 0;
  let weight = 0;
  let lastGap = Number.NaN;
  let decay = 0;
  const decayOver = (gap: number) => {
    // Evenly spaced values differ in their last digits; a power for each of a million would be the slowest part.
    if (!(Math.abs(gap - lastGap) <= 1e-6 * lastGap)) {
      decay = halfLife > 0 ? 2 ** (-gap / halfLife) : 0;
      lastGap = gap;
    }
    return decay;
  };
  for (let i = 0; i < n; i += 1) {
    const factor = i === 0 ? 0 : decayOver(x[i]! - x[i - 1]!);
    const value = y[i]!;
    const isValue = Number.isFinite(value);
    sum = sum * factor + (isValue ? value : 0);
    weight = weight * factor + (isValue ? 1 : 0);
    sums[i] = sum;
    weights[i] = weight;
  }
  const smoothed = new Float64Array(n);
  sum = 0;
  weight = 0;
  for (let i = n - 1; i >= 0; i -= 1) {
    const factor = i === n - 1 ? 0 : decayOver(x[i + 1]! - x[i]!);
    sum *= factor;
    weight *= factor;
    const value = y[i]!;
    smoothed[i] = Number.isFinite(value) ? (sums[i]! + sum) / (weights[i]! + weight) : value;
    if (Number.isFinite(value)) {
      sum += value;
      weight += 1;
    }
  }
  cache.set(y, { x, smoothing, smoothed });
  return smoothed;
}

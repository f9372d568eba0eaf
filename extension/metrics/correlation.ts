const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)²·Σ(y−ȳ)²); NaN when either is constant or there are fewer than two. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let product = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    product += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  const spread = Math.sqrt(squaresX) * Math.sqrt(squaresY);
  return spread === 0 || x.length < 2 ? Number.NaN : Math.max(-1, Math.min(1, product / spread));
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/** Spearman's ρ: Pearson's r of the ranks. */
export const spearman = (x: readonly number[], y: readonly number[]): number => pearson(ranks(x), ranks(y));

/** Mean of (x − y)². */
export const meanSquaredError = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length;

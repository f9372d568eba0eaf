import { type Metric, notNegative } from './metric.ts';
import type { PairSums } from './pairSums.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)²·Σ(y−ȳ)²); NaN when either is constant or there are fewer than two. */
function correlation(x: readonly number[], y: readonly number[]): number {
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
  return x.length < 2 ? Number.NaN : cosine(product, squaresX, squaresY);
}

/** NaN where either is zero. */
function cosine(product: number, squaresX: number, squaresY: number): number {
  const spread = Math.sqrt(squaresX) * Math.sqrt(squaresY);
  return spread === 0 ? Number.NaN : Math.max(-1, Math.min(1, product / spread));
}

/** Pearson's r by Σ(x−x̄)² = Σx² − (Σx)²/n and its like. */
function correlationOfSums({ count, truth, predicted, truthSquares, predictedSquares, products }: PairSums): number {
  // What rounding leaves of a constant is no spread.
  const spread = (sum: number, squares: number): number => {
    const rest = squares - (sum * sum) / count;
    return rest > 1e-12 * squares ? rest : 0;
  };
  return cosine(
    products - (truth * predicted) / count,
    spread(truth, truthSquares),
    spread(predicted, predictedSquares),
  );
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

/** @see SciPy `pearsonr` */
export const pearson: Metric<'pearson'> = {
  name: 'pearson',
  title: 'Pearson correlation',
  short: 'pearson',
  direction: 'higher',
  quantity: 'score',
  definition: 'r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)²·Σ(y−ȳ)²); no value where either is constant.',
  compute: { numbers: ({ predicted, truth }) => correlation(predicted, truth), pairs: correlationOfSums },
};

/** @see SciPy `spearmanr` */
export const spearman: Metric<'spearman'> = {
  name: 'spearman',
  title: 'Spearman correlation',
  short: 'spearman',
  direction: 'higher',
  quantity: 'score',
  definition: "Pearson's r of the ranks; equal values share the mean of their ranks.",
  compute: { numbers: ({ predicted, truth }) => correlation(ranks(predicted), ranks(truth)) },
};

/** @see scikit-learn `mean_squared_error` */
export const mse: Metric<'mse'> = {
  name: 'mse',
  title: 'mean squared error',
  short: 'mse',
  direction: 'lower',
  quantity: 'plain',
  range: notNegative,
  definition: 'Mean of (predicted − true)².',
  compute: {
    numbers: ({ predicted, truth }) =>
      predicted.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0) / predicted.length,
    pairs: ({ count, truth, predicted, truthSquares, predictedSquares, products, shift }) =>
      (predictedSquares + truthSquares - 2 * products + 2 * shift * (predicted - truth)) / count + shift * shift,
  },
};
